package retail

import (
	"strings"
	"unicode"
)

// plainly are small letters as they are searched: without accents and ligatures. Made of the decompositions of Unicode 15, for
// Latin, Greek and Cyrillic. What Postgres's own unaccent does depends on a file of each server; a query and what it is to find
// must be folded by the same code.
var plainly = map[string]string{
	"a":  "àáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ",
	"ae": "æǣǽ",
	"b":  "ḃḅḇ",
	"c":  "çćĉċčḉ",
	"d":  "ðďđḋḍḏḑḓ",
	"dz": "ǆǳ",
	"e":  "èéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ",
	"f":  "ḟ",
	"g":  "ĝğġģǧǵḡ",
	"h":  "ĥħȟḣḥḧḩḫẖ",
	"i":  "ìíîïĩīĭįıǐȉȋḭḯỉị",
	"ij": "ĳ",
	"j":  "ĵǰ",
	"k":  "ķĸǩḱḳḵ",
	"l":  "ĺļľłḷḹḻḽ",
	"lj": "ǉ",
	"m":  "ḿṁṃ",
	"n":  "ñńņňŋǹṅṇṉṋ",
	"nj": "ǌ",
	"o":  "òóôõöøōŏőơǒǫǭǿȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ",
	"oe": "œ",
	"p":  "ṕṗ",
	"r":  "ŕŗřȑȓṙṛṝṟ",
	"s":  "śŝşšſșṡṣṥṧṩẛ",
	"ss": "ß",
	"t":  "ţťŧțṫṭṯṱẗ",
	"th": "þ",
	"u":  "ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự",
	"v":  "ṽṿ",
	"w":  "ŵẁẃẅẇẉẘ",
	"x":  "ẋẍ",
	"y":  "ýÿŷȳẏẙỳỵỷỹ",
	"z":  "źżžẑẓẕ",
	"ʒ":  "ǯ",
	"ʹ":  "ʹ",
	"ʼn": "ŉ",
	"α":  "άἀἁἂἃἄἅἆἇὰάᾀᾁᾂᾃᾄᾅᾆᾇᾰᾱᾲᾳᾴᾶᾷ",
	"β":  "ϐ",
	"ε":  "έϵἐἑἒἓἔἕὲέ",
	"η":  "ήἠἡἢἣἤἥἦἧὴήᾐᾑᾒᾓᾔᾕᾖᾗῂῃῄῆῇ",
	"θ":  "ϑ",
	"ι":  "ΐίϊἰἱἲἳἴἵἶἷὶίιῐῑῒΐῖῗ",
	"κ":  "ϰ",
	"ο":  "όὀὁὂὃὄὅὸό",
	"π":  "ϖ",
	"ρ":  "ϱῤῥ",
	"ς":  "ϲ",
	"σ":  "ς",
	"υ":  "ΰϋύϒϓϔὐὑὒὓὔὕὖὗὺύῠῡῢΰῦῧ",
	"φ":  "ϕ",
	"ω":  "ώὠὡὢὣὤὥὦὧὼώᾠᾡᾢᾣᾤᾥᾦᾧῲῳῴῶῷ",
	"а":  "ӑӓ",
	"г":  "ѓ",
	"е":  "ѐёӗ",
	"ж":  "ӂӝ",
	"з":  "ӟ",
	"и":  "йѝӣӥ",
	"к":  "ќ",
	"о":  "ӧ",
	"у":  "ўӯӱӳ",
	"ч":  "ӵ",
	"ы":  "ӹ",
	"э":  "ӭ",
	"і":  "ї",
	"ѵ":  "ѷ",
	"ә":  "ӛ",
	"ө":  "ӫ",
}

// plain is plainly by letter.
var plain = func() map[rune]string {
	all := map[rune]string{}
	for as, letters := range plainly {
		for _, letter := range letters {
			all[letter] = as
		}
	}
	return all
}()

// FoldWords returns the words of a text as they are searched: small letters without accents, and digits. Apostrophes join,
// whatever else is not a letter or a digit parts. A letter beyond a to z becomes "u" and its number, so that words are ASCII
// whatever the locale of the database; letters of scripts that are written without spaces are words each.
func FoldWords(text string) []string {
	var words []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	for _, r := range text {
		r = unicode.ToLower(r)
		switch as, known := plain[r]; {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			word.WriteRune(r)
		case known:
			for _, letter := range as {
				writeLetter(&word, letter)
			}
		case unicode.Is(unicode.Mn, r), r == '\'', r == '\u2019', r == 'ʼ':
			// An accent of its own, or what is left out of a word.
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai):
			end()
			writeLetter(&word, r)
			end()
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			writeLetter(&word, r)
		default:
			end()
		}
	}
	end()
	return words
}

// writeLetter writes a small letter, by its number where it is not ASCII. All numbers have five digits, so that a word begins
// with another where its letters do.
func writeLetter(b *strings.Builder, r rune) {
	if r < 0x80 {
		b.WriteRune(r)
		return
	}
	const digits = "0123456789abcdef"
	b.WriteByte('u')
	for shift := 16; shift >= 0; shift -= 4 {
		b.WriteByte(digits[r>>shift&0xf])
	}
}
