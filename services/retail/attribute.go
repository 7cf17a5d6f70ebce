package retail

import (
	"fmt"
	"slices"
	"time"
)

// AttributeType says what the values of an attribute are.
type AttributeType string

// The types of attribute.
const (
	AttributeText    AttributeType = "TEXT"
	AttributeNumber  AttributeType = "NUMBER"
	AttributeBoolean AttributeType = "BOOLEAN"
	AttributeChoice  AttributeType = "CHOICE"
	AttributeChoices AttributeType = "CHOICES"
)

// LocalText is a text in one language.
type LocalText struct {
	// Language is a BCP 47 tag in its usual case, such as "ca" or "pt-BR".
	Language string `json:"language"`
	Text     string `json:"text"`
}

// Choice is one of the values that an attribute may have.
type Choice struct {
	// Code is the retailer's own: an identity that never changes.
	Code  string      `json:"code"`
	Name  string      `json:"name"`
	Names []LocalText `json:"names,omitempty"`
}

// Attribute is a property that products or variants may have, such as material, care or fit.
type Attribute struct {
	// Code is the retailer's own: an identity that never changes.
	Code  string        `json:"code"`
	Name  string        `json:"name"`
	Names []LocalText   `json:"names,omitempty"`
	Type  AttributeType `json:"type"`
	// Unit is that of numbers, such as "g/m2"; it may be empty.
	Unit string `json:"unit"`
	// Choices are in their own order; none where it is not chosen from a list.
	Choices    []Choice  `json:"choices"`
	RecordedAt time.Time `json:"recorded_at"`
	Version    int64     `json:"version"`
}

// AttributeValue is what a product or a variant has of an attribute. What is set of it follows from the attribute's type.
type AttributeValue struct {
	Attribute string `json:"attribute"`
	// Text and its translations are of type TEXT.
	Text  string      `json:"text,omitempty"`
	Texts []LocalText `json:"texts,omitempty"`
	// Number is a decimal, such as "160" or "-0.5".
	Number  string `json:"number,omitempty"`
	Boolean *bool  `json:"boolean,omitempty"`
	// Choices are codes: one of CHOICE, one or more of CHOICES, in the product's order.
	Choices []string `json:"choices,omitempty"`
}

// AttributeKey names an attribute.
func AttributeKey(code string) Key { return Key{Table: TableAttributes, Code: code} }

// Key names the attribute.
func (a Attribute) Key() Key { return AttributeKey(a.Code) }

// LastRecorded is when the attribute was last put.
func (a Attribute) LastRecorded() time.Time { return a.RecordedAt }

// choice returns one of its choices.
func (a Attribute) choice(code string) (Choice, bool) {
	at := slices.IndexFunc(a.Choices, func(c Choice) bool { return c.Code == code })
	if at < 0 {
		return Choice{}, false
	}
	return a.Choices[at], true
}

// PutAttribute creates an attribute, or replaces its names and adds to its choices.
type PutAttribute struct {
	Transaction ID
	Attribute   Attribute
}

// Keys are the attribute.
func (c PutAttribute) Keys() []Key { return []Key{c.Attribute.Key()} }

// Decide refuses another type or unit, and the loss of a choice: products have such values.
func (c PutAttribute) Decide(s State, now time.Time) (Change, Attribute, error) {
	attribute := c.Attribute
	before, found := lookup[Attribute](s, attribute.Key())
	if found && before.Type != attribute.Type {
		return Change{}, Attribute{}, RefuseField(Immutable, "attribute.type", "%s is of type %s", attribute.Code, before.Type).
			With("type", before.Type)
	}
	if found && before.Unit != attribute.Unit {
		return Change{}, Attribute{}, RefuseField(Immutable, "attribute.unit", "%s is given in %q", attribute.Code, before.Unit).
			With("unit", before.Unit)
	}
	for _, choice := range before.Choices {
		if _, kept := attribute.choice(choice.Code); !kept {
			return Change{}, Attribute{}, RefuseField(Immutable, "attribute.choices", "the choice %s is left out", choice.Code).
				With("choice", choice.Code)
		}
	}
	// Nothing below this line can fail.
	attribute.Version, attribute.RecordedAt = before.Version+1, now
	change := put(c.Transaction, "AttributePut", "attribute/"+attribute.Code, attribute.Code, attribute.Version, attribute)
	return change, attribute, nil
}

// allows refuses a value that is not of the attribute's type; field is the value's.
func (a Attribute) allows(v AttributeValue, field string) error {
	given := ""
	switch {
	case v.Text != "":
		given = "text"
	case v.Number != "":
		given = "number"
	case v.Boolean != nil:
		given = "boolean"
	case len(v.Choices) > 0:
		given = "choices"
	}
	wanted := map[AttributeType]string{
		AttributeText: "text", AttributeNumber: "number", AttributeBoolean: "boolean", AttributeChoice: "choices", AttributeChoices: "choices",
	}[a.Type]
	if given != wanted {
		return RefuseField(InvalidRequest, field, "%s is of type %s and takes its %s", a.Code, a.Type, wanted).With("type", a.Type)
	}
	if a.Type == AttributeChoice && len(v.Choices) > 1 {
		return RefuseField(InvalidRequest, field+".choices", "%s takes one choice", a.Code)
	}
	for i, code := range v.Choices {
		if _, known := a.choice(code); !known {
			return RefuseField(InvalidRequest, fmt.Sprintf("%s.choices[%d]", field, i), "%s is no choice of %s", code, a.Code)
		}
	}
	return nil
}
