package strategies_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tailgate-bench/tailgate/strategies"
)

var (
	byField  = strategies.ExtractJSON("category")
	byPath   = strategies.ExtractJSON("result.category")
	byGroup  = strategies.ExtractRegexp(regexp.MustCompile(`(?i)answer:\s*(\w*)`))
	byRegexp = strategies.ExtractRegexp(regexp.MustCompile(`\d+`))
	bySure   = strategies.Confident(byField, "confidence", 0.7)
)

func TestExtract(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		extract strategies.Extractor
		text    string
		vote    string // "" abstains
	}{
		{"exact", strategies.ExtractExact, " Yes. \n", "Yes."},
		{"exact, empty", strategies.ExtractExact, " \t\n", ""},
		{"normalized", strategies.ExtractNormalized, "  *Yes*,  it\n is! ", "yes*, it is"},
		{"normalized, nothing but punctuation", strategies.ExtractNormalized, "...!?", ""},
		{"normalized, not ASCII", strategies.ExtractNormalized, "«ÉTÉ»", "été"},
		{"json", byField, `{"category": "billing"}`, "billing"},
		{"json in prose and a fence", byField, "Sure:\n```json\n{\"category\": \"billing\", \"x\": [1]}\n```\nDone.", "billing"},
		{"json, number", byField, `{"category": 7.0}`, "7"},
		{"json, object in any order", byField, `{"category": {"b": 1, "a": [true, null]}}`, `{"a":[true,null],"b":1}`},
		{"json, null", byField, `{"category": null}`, ""},
		{"json, empty string", byField, `{"category": ""}`, ""},
		{"json, no such field", byField, `{"Category": "billing"}`, ""},
		{"json, cut", byField, `{"category": "bill`, ""},
		{"json, none", byField, `billing`, ""},
		{"json path", byPath, `{"result": {"category": "x"}}`, "x"},
		{"json path through a string", byPath, `{"result": "category"}`, ""},
		{"regexp group", byGroup, "I think.\nANSWER: B, surely", "B"},
		{"regexp empty group", byGroup, "answer: !", ""},
		{"regexp without group", byRegexp, "it is 42 or 43", "42"},
		{"regexp no match", byRegexp, "none", ""},
		{"number", strategies.ExtractNumber, "12 * 4, so 48.", "48"},
		{"number with thousands and decimals", strategies.ExtractNumber, "about $1,234,567.50", "1.2345675e+06"},
		{"number without a leading digit", strategies.ExtractNumber, "p = .05", "0.05"},
		{"number, negative", strategies.ExtractNumber, "-7", "-7"},
		{"number, minus nothing", strategies.ExtractNumber, "-0.0", "0"},
		{"number, too large", strategies.ExtractNumber, "1e999", ""},
		{"number, none", strategies.ExtractNumber, "none", ""},
		{"sure", bySure, `{"category": "billing", "confidence": 0.7}`, "billing"},
		{"sure, as text", bySure, `{"category": "billing", "confidence": "0.93"}`, "billing"},
		{"not sure", bySure, `{"category": "billing", "confidence": 0.69}`, ""},
		{"silent on how sure", bySure, `{"category": "billing"}`, ""},
		{"sure in words", bySure, `{"category": "billing", "confidence": "high"}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			vote, ok := c.extract(c.text)
			if ok != (c.vote != "") || ok && vote != c.vote {
				t.Errorf("vote %q, %v; want %q", vote, ok, c.vote)
			}
		})
	}
}

// No text makes an extractor panic, or vote with nothing; normalizing what is
// normalized changes nothing; surrounding white space never matters.
func FuzzExtract(f *testing.F) {
	for _, s := range []string{"", "yes", `{"category":{"a":1e400}}`, "{\"category\":\"\xff\"}", "answer: İ", "1,5 .", `{"category":1,"confidence":1}`, strings.Repeat("{", 99), "ǅ."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i, e := range []strategies.Extractor{
			strategies.ExtractExact, strategies.ExtractNormalized, byField, byPath, byGroup, byRegexp,
			strategies.ExtractNumber, bySure,
		} {
			vote, ok := e(text)
			if ok && vote == "" {
				t.Errorf("extractor %d votes with nothing for %q", i, text)
			}
			if again, ok2 := e("\n" + text + " "); ok2 != ok || again != vote {
				t.Errorf("extractor %d: %q with white space around votes %q, not %q", i, text, again, vote)
			}
		}
		if vote, ok := strategies.ExtractNormalized(text); ok && utf8.ValidString(text) {
			if again, _ := strategies.ExtractNormalized(vote); again != vote {
				t.Errorf("%q is normalized to %q and that to %q", text, vote, again)
			}
		}
	})
}
