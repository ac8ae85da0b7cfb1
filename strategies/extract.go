package strategies

import (
	"encoding/json"
	"regexp"
	"strings"
	"unicode"
)

// Extractor finds what an answer votes for. ok is false when the answer has no
// readable vote; it then abstains. Two answers agree when their votes are equal.
// An Extractor must be safe for concurrent use.
type Extractor func(text string) (vote string, ok bool)

// ExtractExact votes with the whole text, without surrounding white space.
func ExtractExact(text string) (string, bool) {
	text = strings.TrimSpace(text)
	return text, text != ""
}

// ExtractNormalized votes with the text in lower case, with punctuation and
// white space at its ends dropped and white space inside made single spaces.
func ExtractNormalized(text string) (string, bool) {
	text = strings.TrimFunc(strings.ToLower(text), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsPunct(r)
	})
	text = strings.Join(strings.Fields(text), " ")
	return text, text != ""
}

// ExtractJSON votes with a field of the first JSON object in the text: strings
// as they are, anything else as compact JSON. A dot reaches into objects, as in
// "result.category".
func ExtractJSON(field string) Extractor {
	path := strings.Split(field, ".")
	return func(text string) (string, bool) {
		start := strings.IndexByte(text, '{')
		if start < 0 {
			return "", false
		}
		raw, ok := firstObject(text[start:])
		for _, name := range path {
			var object map[string]json.RawMessage
			if !ok || json.Unmarshal(raw, &object) != nil {
				return "", false
			}
			raw, ok = object[name]
		}
		if !ok {
			return "", false
		}
		return scalar(raw)
	}
}

// firstObject returns the JSON value text begins with, whatever follows it.
func firstObject(text string) (raw json.RawMessage, ok bool) {
	err := json.NewDecoder(strings.NewReader(text)).Decode(&raw)
	return raw, err == nil
}

func scalar(raw json.RawMessage) (string, bool) {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s, s != ""
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil || v == nil {
		return "", false
	}
	compact, err := json.Marshal(v)
	return string(compact), err == nil
}

// ExtractRegexp votes with the first group of re's first match, or the whole
// match when re has no group.
func ExtractRegexp(re *regexp.Regexp) Extractor {
	return func(text string) (string, bool) {
		m := re.FindStringSubmatch(text)
		if m == nil {
			return "", false
		}
		vote := m[min(1, len(m)-1)]
		return vote, vote != ""
	}
}
