package rpc

import (
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// patterns say in words what the patterns of the contract ask for, without their anchors and whether they may be empty; a test proves
// that none is missing.
var patterns = map[string]string{
	`[^/\s[:cntrl:]]([^/[:cntrl:]]*[^/\s[:cntrl:]])?`:    "a code without a slash, and without spaces at its ends",
	`[^\s[:cntrl:]]([^[:cntrl:]]*[^\s[:cntrl:]])?`:       "a text of one line without spaces at its ends",
	`[A-Za-z0-9][A-Za-z0-9._-]*`:                         "a code of letters, digits, points, hyphens and underscores that begins with a letter or a digit",
	`[A-Za-z0-9_-]{16,128}`:                              "a token of 16 to 128 letters, digits, hyphens and underscores, which the device made up",
	`[A-Za-z]+_[A-Za-z0-9_-]+`:                           "what the provider's form made of the card, such as pm_1a2B: letters, an underscore, then letters, digits, hyphens and underscores",
	`[0-9]{6}`:                                           "a code of 6 digits",
	`[0-9]{13}`:                                          "a GLN of 13 digits",
	`([0-9]{8}|[0-9]{12,14})`:                            "a barcode of 8, 12, 13 or 14 digits",
	`[0-9]{4}-[0-9]{2}-[0-9]{2}`:                         "a day such as 2026-08-31",
	`([01][0-9]|2[0-3]):[0-5][0-9]`:                      "a time of day such as 09:30",
	`(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)`:              "a time of day such as 20:30, or 24:00",
	`[A-Z]{2}`:                                           "a country by its two capital letters, such as ES",
	`[A-Z]{3}`:                                           "a currency by its three capital letters, such as EUR",
	`(en|es|ca|pt)(-[A-Za-z0-9]{1,8}){0,3}`:              "a language that messages are written in: en, es, ca or pt, with a region or without",
	`[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*`:                  "a language tag such as es or pt-BR",
	`[+][1-9][0-9]{6,14}`:                                "a phone number with + and the country first, such as +34600111222",
	`[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}`: "an id such as 01980c5e-7a3b-7c1d-9e2f-3a4b5c6d7e8f",
	`[0-9a-fA-F-]{36}`:                                   "an id such as 01980c5e-7a3b-7c1d-9e2f-3a4b5c6d7e8f",
	`[0-9a-f]{64}`:                                       "64 hexadecimal digits in lower case",
	`-?[0-9]{1,12}(\.[0-9]{1,6})?`:                       "a decimal number such as 160 or -0.5",
	`[^=]+=.+`:                                           "a name and a value with = between them, such as Size=M",
	`https://[^\s[:cntrl:]/?#]+([/?#][^\s[:cntrl:]]*)?`:  "an address that begins with https://",
	"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9-]{1,63}([.][A-Za-z0-9-]{1,63})+": "an e-mail address",
}

// inner is a pattern without its anchors, and whether an empty text is allowed beside what it asks for.
func inner(pattern string) (asked string, optional bool) {
	asked = strings.TrimSuffix(strings.TrimPrefix(pattern, "^"), "$")
	if rest, may := strings.CutSuffix(asked, ")?"); may && strings.HasPrefix(rest, "(") {
		return rest[1:], true
	}
	return asked, false
}

// describe says what breaks a rule: in words where the contract has a pattern or a choice, and otherwise as the rule itself does, or by its name.
func describe(violation *protovalidate.Violation, request protoreflect.MessageDescriptor) string {
	rule := violation.Proto.GetRuleId()
	if rule == "string.pattern" && violation.RuleValue.IsValid() {
		asked, optional := inner(violation.RuleValue.String())
		if words := patterns[asked]; words != "" && optional {
			return "must be " + words + ", or empty"
		} else if words != "" {
			return "must be " + words
		}
	}
	if fields := choice(violation, request); rule == "required" && len(fields) > 0 {
		return "must be one of these: " + strings.Join(fields, ", ")
	}
	if said := violation.Proto.GetMessage(); said != "" {
		return said
	}
	return "breaks the rule " + rule
}

// choice are the fields of a oneof that a violation is about; none: it is about something else.
func choice(violation *protovalidate.Violation, message protoreflect.MessageDescriptor) (fields []string) {
	elements := violation.Proto.GetField().GetElements()
	for i, element := range elements {
		name := protoreflect.Name(element.GetFieldName())
		if field := message.Fields().ByName(name); field != nil && field.Message() != nil {
			message = field.Message()
			continue
		}
		one := message.Oneofs().ByName(name)
		if one == nil || i < len(elements)-1 {
			return nil
		}
		for n := range one.Fields().Len() {
			fields = append(fields, string(one.Fields().Get(n).Name()))
		}
	}
	return fields
}
