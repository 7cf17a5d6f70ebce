package catalog

import (
	"fmt"
	"strings"

	pb "github.com/aisle-retail/aisle/gen/go/aisle/catalog/v1"
	"github.com/aisle-retail/aisle/services/ledger"
	"github.com/aisle-retail/aisle/services/page"
	"github.com/aisle-retail/aisle/services/retail"
)

// typePrefix stands before the rules' names of types in the contract.
const typePrefix = "ATTRIBUTE_TYPE_"

// textsFrom reads a text in several languages, of which none may be there twice.
func textsFrom(given []*pb.LocalText, field string) ([]retail.LocalText, error) {
	var texts []retail.LocalText
	languages := map[string]int{}
	for i, text := range given {
		language := languageFrom(text.GetLanguage())
		if before, twice := languages[language]; twice {
			return nil, invalid(fmt.Sprintf("%s[%d].language", field, i), "%s[%d] is in %s already", lastOf(field), before, language)
		}
		languages[language] = i
		texts = append(texts, retail.LocalText{Language: language, Text: text.GetText()})
	}
	return texts, nil
}

// lastOf is the last name of a field's path.
func lastOf(field string) string { return field[strings.LastIndexByte(field, '.')+1:] }

func textsTo(texts []retail.LocalText) (all []*pb.LocalText) {
	for _, text := range texts {
		all = append(all, &pb.LocalText{Language: text.Language, Text: text.Text})
	}
	return all
}

// valuesFrom reads values of attributes: each of another attribute, and each one thing.
func valuesFrom(given []*pb.AttributeValue, field string) ([]retail.AttributeValue, error) {
	var values []retail.AttributeValue
	named := map[string]int{}
	for i, v := range given {
		field := fmt.Sprintf("%s[%d]", field, i)
		if before, twice := named[v.GetAttribute()]; twice {
			return nil, invalid(field+".attribute", "attributes[%d] is of %s already", before, v.GetAttribute())
		}
		named[v.GetAttribute()] = i
		things := 0
		for _, is := range []bool{v.GetText() != "", v.GetNumber() != "", v.Boolean != nil, len(v.GetChoices()) > 0} {
			if is {
				things++
			}
		}
		if things != 1 {
			return nil, invalid(field, "has %d of text, number, boolean and choices, and not one", things)
		}
		if v.GetText() == "" && len(v.GetTexts()) > 0 {
			return nil, invalid(field+".texts", "translates a text that is not there")
		}
		texts, err := textsFrom(v.GetTexts(), field+".texts")
		if err != nil {
			return nil, err
		}
		values = append(values, retail.AttributeValue{
			Attribute: v.GetAttribute(), Text: v.GetText(), Texts: texts, Number: v.GetNumber(), Boolean: v.Boolean, Choices: v.GetChoices(),
		})
	}
	return values, nil
}

func valuesTo(values []retail.AttributeValue) (all []*pb.AttributeValue) {
	for _, v := range values {
		all = append(all, &pb.AttributeValue{
			Attribute: v.Attribute, Text: v.Text, Texts: textsTo(v.Texts), Number: v.Number, Boolean: v.Boolean, Choices: v.Choices,
		})
	}
	return all
}

func imagesFrom(given []*pb.Image, field string) ([]retail.Image, error) {
	var images []retail.Image
	for i, image := range given {
		alts, err := textsFrom(image.GetAlts(), fmt.Sprintf("%s[%d].alts", field, i))
		if err != nil {
			return nil, err
		}
		images = append(images, retail.Image{URL: image.GetUrl(), Alt: image.GetAlt(), Alts: alts})
	}
	return images, nil
}

func imagesTo(images []retail.Image) (all []*pb.Image) {
	for _, image := range images {
		all = append(all, &pb.Image{Url: image.URL, Alt: image.Alt, Alts: textsTo(image.Alts)})
	}
	return all
}

// translationsFrom reads what a product says in other languages. Options are translated all or none, and value by value.
func translationsFrom(given []*pb.Translation, options []retail.Option) ([]retail.Translation, error) {
	var translations []retail.Translation
	languages := map[string]int{}
	for i, t := range given {
		field := fmt.Sprintf("product.translations[%d]", i)
		translation := retail.Translation{Language: languageFrom(t.GetLanguage()), Title: t.GetTitle(), Description: t.GetDescription()}
		if before, twice := languages[translation.Language]; twice {
			return nil, invalid(field+".language", "translations[%d] is in %s already", before, translation.Language)
		}
		languages[translation.Language] = i
		if n := len(t.GetOptions()); n > 0 && n != len(options) {
			return nil, invalid(field+".options", "translates %d options of %d", n, len(options))
		}
		for j, option := range t.GetOptions() {
			if n := len(option.GetValues()); n != len(options[j].Values) {
				return nil, invalid(fmt.Sprintf("%s.options[%d].values", field, j), "translates %d values of %d", n, len(options[j].Values))
			}
			translation.Options = append(translation.Options, retail.Option{Name: option.GetName(), Values: option.GetValues()})
		}
		translations = append(translations, translation)
	}
	return translations, nil
}

func translationsTo(translations []retail.Translation) (all []*pb.Translation) {
	for _, t := range translations {
		all = append(all, &pb.Translation{Language: t.Language, Title: t.Title, Description: t.Description, Options: optionsTo(t.Options)})
	}
	return all
}

func putAttributeFrom(req *pb.PutAttributeRequest) (retail.PutAttribute, error) {
	given := req.GetAttribute()
	cmd := retail.PutAttribute{Transaction: ledger.NewID(), Attribute: retail.Attribute{
		Code: given.GetCode(), Name: given.GetName(), Unit: given.GetUnit(), Choices: []retail.Choice{},
		Type: retail.AttributeType(strings.TrimPrefix(given.GetType().String(), typePrefix)),
	}}
	attribute := &cmd.Attribute
	var err error
	if attribute.Names, err = textsFrom(given.GetNames(), "attribute.names"); err != nil {
		return cmd, err
	}
	chosen := attribute.Type == retail.AttributeChoice || attribute.Type == retail.AttributeChoices
	if chosen != (len(given.GetChoices()) > 0) {
		return cmd, invalid("attribute.choices", "are %d for type %s", len(given.GetChoices()), attribute.Type)
	}
	if attribute.Unit != "" && attribute.Type != retail.AttributeNumber {
		return cmd, invalid("attribute.unit", "is of numbers only, and the type is %s", attribute.Type)
	}
	codes := map[string]int{}
	for i, choice := range given.GetChoices() {
		field := fmt.Sprintf("attribute.choices[%d]", i)
		if before, twice := codes[choice.GetCode()]; twice {
			return cmd, invalid(field+".code", "choices[%d] has the code %s already", before, choice.GetCode())
		}
		codes[choice.GetCode()] = i
		names, err := textsFrom(choice.GetNames(), field+".names")
		if err != nil {
			return cmd, err
		}
		attribute.Choices = append(attribute.Choices, retail.Choice{Code: choice.GetCode(), Name: choice.GetName(), Names: names})
	}
	return cmd, nil
}

func attributeTo(a retail.Attribute, language string) *pb.Attribute {
	a = speakAttribute(a, language)
	attribute := &pb.Attribute{
		Code: a.Code, Name: a.Name, Names: textsTo(a.Names), Unit: a.Unit,
		Type: pb.AttributeType(pb.AttributeType_value[typePrefix+string(a.Type)]),
	}
	for _, choice := range a.Choices {
		attribute.Choices = append(attribute.Choices, &pb.AttributeChoice{Code: choice.Code, Name: choice.Name, Names: textsTo(choice.Names)})
	}
	return attribute
}

func attributesTo(attributes []retail.Attribute, limit int, language string) *pb.ListAttributesResponse {
	answer := &pb.ListAttributesResponse{}
	if len(attributes) > limit {
		attributes = attributes[:limit]
		answer.NextPageToken = page.Token(attributes[limit-1].Code)
	}
	for _, attribute := range attributes {
		answer.Attributes = append(answer.Attributes, attributeTo(attribute, language))
	}
	return answer
}
