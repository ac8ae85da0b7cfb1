package strategies

import (
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// numeral is a decimal number, with commas between thousands if any.
var numeral = regexp.MustCompile(`[-+]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?`)

// ExtractNumber votes with the last number in the text, since answers end with
// what they conclude: "12 * 4, so 48." votes for 48. A comma between thousands
// is allowed. Equal numbers are equal votes however they are written;
// [Consensus].Tolerance lets near ones agree.
func ExtractNumber(text string) (string, bool) {
	all := numeral.FindAllString(text, -1)
	if len(all) == 0 {
		return "", false
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(all[len(all)-1], ",", ""), 64)
	if err != nil { // beyond the range of a float64
		return "", false
	}
	return strconv.FormatFloat(v+0, 'g', -1, 64), true // -0 + 0 is 0
}

// Confident returns an extractor that votes as extract does, but abstains where
// the answer is not sure of itself: where the named field of its first JSON
// object, as in [ExtractJSON], is not a number of at least least.
func Confident(extract Extractor, field string, least float64) Extractor {
	confidence := ExtractJSON(field)
	return func(text string) (string, bool) {
		stated, ok := confidence(text)
		if !ok {
			return "", false
		}
		var c float64
		if json.Unmarshal([]byte(stated), &c) != nil || math.IsNaN(c) || c < least {
			return "", false
		}
		return extract(text)
	}
}
