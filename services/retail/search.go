package retail

import (
	"slices"
	"strings"
)

const (
	// searchWordsMax is how many words of a question are looked for; what follows them is not.
	searchWordsMax = 8
	// searchWordMax is how many bytes of a word count, in a product and in a question alike.
	searchWordMax = 60
	// searchTextMax bounds what is kept of a product, at two and a half times a product of 500 variants with SKUs of three words
	// of their own. Of one that says more, the last words in order are not found.
	searchTextMax = 64 << 10
	// Words of so many letters are found with one letter wrong, left out, too many or two of them in the wrong order, and longer
	// ones with two such faults. In shorter ones another letter is another word.
	oneFaultLetters, twoFaultsLetters = 4, 8
	// nearWordsMax is how many words may be meant by one that is not there.
	nearWordsMax = 8
)

// SearchText is a product as it is searched: derived from it by the same put, and from it alone.
type SearchText struct {
	// Title holds the words of the title in every language, Words all of them and the marks of what may be filtered by, each with
	// a space before and after it.
	Title, Words string
	// Vocabulary are the words that somebody may misspell.
	Vocabulary []string
}

// SearchSlotsMax is how many things a search may ask for at once: words, and what they are filtered by.
const SearchSlotsMax = searchWordsMax + 8

// SearchSlot is one thing that a product must have: a word with any of some beginnings, or any of some marks.
type SearchSlot struct {
	Beginnings, Marks []string
}

// FoundProduct is a product with how well it fits what was looked for, the more the better.
type FoundProduct struct {
	Product Product
	Score   int64
}

// SearchTextOf returns what a product is found by: title, brand, department, code, options, SKUs, aliases, barcodes and texts
// and choices of attributes, in every language. Not its description, in which everything occurs.
func SearchTextOf(p Product) SearchText {
	title, all := map[string]bool{}, map[string]bool{}
	add := func(to map[string]bool, texts ...string) {
		for _, text := range texts {
			for _, word := range FoldWords(text) {
				to[clip(word)] = true
			}
		}
	}
	addValues := func(values []AttributeValue) {
		for _, v := range values {
			add(all, v.Text)
			for _, text := range v.Texts {
				add(all, text.Text)
			}
			for _, code := range v.Choices {
				all[AttributeMark(v.Attribute, code)] = true
				add(all, code)
			}
			if v.Boolean != nil {
				all[AttributeMark(v.Attribute, map[bool]string{true: "true", false: "false"}[*v.Boolean])] = true
			}
			if v.Number != "" {
				all[AttributeMark(v.Attribute, v.Number)] = true
			}
			if v.Text != "" {
				all[AttributeMark(v.Attribute, v.Text)] = true
			}
		}
	}
	add(title, p.Title)
	for _, t := range p.Translations {
		add(title, t.Title)
		for _, option := range t.Options {
			add(all, option.Values...)
		}
	}
	for word := range title {
		all[word] = true
	}
	add(all, p.Code, p.Brand, p.Department)
	all[BrandMark(p.Brand)], all[DepartmentMark(p.Department)] = true, true
	addValues(p.Attributes)
	for _, variant := range p.Variants {
		add(all, variant.SKU)
		add(all, variant.Aliases...)
		add(all, variant.OptionValues...)
		for i, value := range variant.OptionValues {
			if i < len(p.Options) {
				all[OptionMark(p.Options[i].Name, value)] = true
			}
		}
		for _, gtin := range variant.Barcodes {
			all[strings.TrimLeft(gtin, "0")] = true
		}
		addValues(variant.Attributes)
	}
	text := SearchText{Title: spaced(title), Words: spaced(all)}
	for word := range all {
		if spellable(word) {
			text.Vocabulary = append(text.Vocabulary, word)
		}
	}
	slices.Sort(text.Vocabulary)
	return text
}

func clip(word string) string { return word[:min(len(word), searchWordMax)] }

// spaced writes words in order, as far as there is room.
func spaced(words map[string]bool) string {
	all := make([]string, 0, len(words))
	for word := range words {
		if word != "" {
			all = append(all, word)
		}
	}
	slices.Sort(all)
	var b strings.Builder
	for _, word := range all {
		if b.Len()+len(word)+2 > searchTextMax {
			break
		}
		b.WriteByte(' ')
		b.WriteString(word)
	}
	if b.Len() > 0 {
		b.WriteByte(' ')
	}
	return b.String()
}

// mark is what stands among a product's words for something that it may be filtered by, compared as words are: without case and
// accents. No word begins so.
func mark(kind string, parts ...string) string {
	for _, part := range parts {
		kind += "=" + strings.Join(FoldWords(part), "_")
	}
	return "=" + clip(kind)
}

// The marks of what products are filtered by.

// BrandMark is the mark of a brand.
func BrandMark(brand string) string { return mark("b", brand) }

// DepartmentMark is the mark of a department.
func DepartmentMark(department string) string { return mark("d", department) }

// OptionMark is the mark of the value of an option that a variant has.
func OptionMark(option, value string) string { return mark("o", option, value) }

// AttributeMark is the mark of the value of an attribute, for a choice its code, for a boolean true or false.
func AttributeMark(attribute, value string) string { return mark("a", attribute, value) }

// SearchTerms are the words of a question, each once, as many as are looked for. A number that may be a barcode is one without
// the zeros that make it longer.
func SearchTerms(query string) []string {
	var terms []string
	for _, word := range FoldWords(query) {
		word = clip(word)
		if len(word) >= 8 && strings.Trim(word, "0123456789") == "" {
			word = strings.TrimLeft(word, "0")
		}
		if word != "" && !slices.Contains(terms, word) && len(terms) < searchWordsMax {
			terms = append(terms, word)
		}
	}
	return terms
}

// spellable tells whether somebody may misspell a word: it is long enough, and letters alone.
func spellable(word string) bool {
	return len(word) >= oneFaultLetters && word[0] != '=' && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") == ""
}

// NearWords are the words of a vocabulary that one which is not among them may stand for: those with the fewest faults.
func NearWords(word string, vocabulary []string) []string {
	if !spellable(word) {
		return nil
	}
	most := 1
	if len(word) >= twoFaultsLetters {
		most = 2
	}
	var near []string
	for _, other := range vocabulary {
		n := faults(word, other, most)
		if n > most {
			continue
		}
		if n < most {
			most, near = n, near[:0]
		}
		near = append(near, other)
	}
	slices.Sort(near)
	near = slices.Compact(near)
	return near[:min(len(near), nearWordsMax)]
}

// faults is how many letters of a word are wrong, left out, too many or in the wrong order (Damerau and Levenshtein, each letter
// moved once), or more than most.
func faults(a, b string, most int) int {
	if d := len(a) - len(b); d > most || -d > most {
		return most + 1
	}
	var rows [3][searchWordMax + 1]int
	before, last, row := &rows[0], &rows[1], &rows[2]
	a, b = clip(a), clip(b)
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			wrong := 1
			if a[i-1] == b[j-1] {
				wrong = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+wrong)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > most {
			return most + 1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
