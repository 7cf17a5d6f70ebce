package trade

// Cut keeps a text of somebody outside to so many bytes of it: whole characters, and none that a database does not take.
func Cut(text string, most int) string {
	kept := make([]rune, 0, min(len(text), most))
	size := 0
	for _, r := range text {
		if size += len(string(r)); size > most {
			break
		}
		if r != 0 {
			kept = append(kept, r)
		}
	}
	return string(kept)
}
