package catalog

import (
	"slices"
	"strings"

	"github.com/aisle-retail/aisle/services/retail"
)

// languageFrom writes a BCP 47 tag in its usual case (RFC 5646, 2.1.1): the language small, a script of four letters with one
// capital, a region of two in capitals, all else small. So one language has one spelling.
func languageFrom(tag string) string {
	parts := strings.Split(strings.ToLower(tag), "-")
	for i, part := range parts[1:] {
		if len(parts[i]) == 1 {
			break // what follows a singleton is an extension's
		}
		switch len(part) {
		case 2:
			parts[i+1] = strings.ToUpper(part)
		case 4:
			if part[0] >= 'a' {
				parts[i+1] = strings.ToUpper(part[:1]) + part[1:]
			}
		}
	}
	return strings.Join(parts, "-")
}

// wider is a tag without its last part, and without a singleton that would then be the last (RFC 4647, 3.4); empty: none.
func wider(tag string) string {
	at := strings.LastIndexByte(tag, '-')
	if at < 0 {
		return ""
	}
	tag = tag[:at]
	if len(tag) > 2 && tag[len(tag)-2] == '-' {
		return tag[:len(tag)-2]
	}
	return tag
}

// inLanguage returns which of some languages is wanted: that of a tag, or of the next wider one that is there.
func inLanguage[T any](all []T, language func(T) string, wanted string) (found T, ok bool) {
	for tag := languageFrom(wanted); tag != ""; tag = wider(tag) {
		if at := slices.IndexFunc(all, func(t T) bool { return language(t) == tag }); at >= 0 {
			return all[at], true
		}
	}
	return found, false
}

// said is a text in a language, or as it is where it is not translated.
func said(text string, texts []retail.LocalText, language string) string {
	if found, ok := inLanguage(texts, func(t retail.LocalText) string { return t.Language }, language); ok {
		return found.Text
	}
	return text
}

// speak puts all texts of a product into a language, each as far as it is translated, and leaves the translations out. It
// returns the language of the translation that it found; no language wanted changes nothing.
func speak(p retail.Product, language string) (retail.Product, string) {
	if language == "" {
		return p, ""
	}
	p.Variants = slices.Clone(p.Variants)
	p.Attributes, p.Images = speakValues(p.Attributes, language), speakImages(p.Images, language)
	for i := range p.Variants {
		v := &p.Variants[i]
		v.Attributes, v.Images = speakValues(v.Attributes, language), speakImages(v.Images, language)
	}
	found, ok := inLanguage(p.Translations, func(t retail.Translation) string { return t.Language }, language)
	p.Translations = nil
	if !ok {
		return p, ""
	}
	if found.Title != "" {
		p.Title = found.Title
	}
	if found.Description != "" {
		p.Description = found.Description
	}
	if len(found.Options) == len(p.Options) && len(p.Options) > 0 {
		p.Variants = speakOptions(p, found.Options)
		p.Options = found.Options
	}
	return p, found.Language
}

// speakOptions are the variants with the option values of a translation, whose lists are as long as the product's.
func speakOptions(p retail.Product, translated []retail.Option) []retail.Variant {
	variants := slices.Clone(p.Variants)
	for i := range variants {
		values := slices.Clone(variants[i].OptionValues)
		for j := range values {
			if at := slices.Index(p.Options[j].Values, values[j]); at >= 0 && at < len(translated[j].Values) {
				values[j] = translated[j].Values[at]
			}
		}
		variants[i].OptionValues = values
	}
	return variants
}

func speakValues(values []retail.AttributeValue, language string) []retail.AttributeValue {
	values = slices.Clone(values)
	for i := range values {
		values[i].Text, values[i].Texts = said(values[i].Text, values[i].Texts, language), nil
	}
	return values
}

func speakImages(images []retail.Image, language string) []retail.Image {
	images = slices.Clone(images)
	for i := range images {
		images[i].Alt, images[i].Alts = said(images[i].Alt, images[i].Alts, language), nil
	}
	return images
}

// speakAttribute puts the names of an attribute and of its choices into a language.
func speakAttribute(a retail.Attribute, language string) retail.Attribute {
	if language == "" {
		return a
	}
	a.Name, a.Names = said(a.Name, a.Names, language), nil
	a.Choices = slices.Clone(a.Choices)
	for i := range a.Choices {
		a.Choices[i].Name, a.Choices[i].Names = said(a.Choices[i].Name, a.Choices[i].Names, language), nil
	}
	return a
}
