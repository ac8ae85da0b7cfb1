package strategies

import "testing"

func TestReadScore(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{
		"8": 8, " 10\n": 10, "1": 1, "7.5": 7.5, "8/10": 8, "8 / 10.": 8, "9 out of 10": 9, "Score: 8": 8, "**Rating: 6**": 6,
		"rating = 3": 3, "`4`": 4, "\"5\"": 5, "Overall score: 10/10": 10, "**Score:** 7": 7,
	} {
		if got, ok := readScore(text); !ok || got != want {
			t.Errorf("%q: %v, %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"", "0", "11", "-3", "10.5", "eight", "8 or 9", "between 3 and 8", "On a scale of 1 to 10, 8", "8/5", "NaN", "1e1", "100", "Score 7 of 9",
	} {
		if got, ok := readScore(text); ok {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

func FuzzReadScore(f *testing.F) {
	f.Add("8/10")
	f.Add("Score: 9.")
	f.Fuzz(func(t *testing.T, text string) {
		score, ok := readScore(text)
		if ok && !(score >= 1 && score <= 10) {
			t.Errorf("%q: %v", text, score)
		}
	})
}
