package stock

// Cursor is the cursor of a place in a watch, with the mark of a snapshot that is under way, or done.
func Cursor(at int64, location, sku string, done bool, of uint64) string {
	p := place{at: at, done: done}
	if !done {
		p.mark.Location, p.mark.SKU = location, sku
	}
	return cursorOf(p, of)
}

// ReadCursor reads one, and returns the cursor of what it read.
func ReadCursor(cursor string, of uint64) (at int64, again string, err error) {
	p, err := placeOf(cursor, of)
	return p.at, cursorOf(p, of), err
}
