package wire

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.July, 1, 12, 0, 0, 0, time.UTC)
	none := llm.Hint{}
	tests := []struct {
		seconds, millis string
		want            llm.Hint
	}{
		{"", "", none},
		{"20", "", llm.HintAfter(20 * time.Second)},
		{" 0.25 ", "", llm.HintAfter(250 * time.Millisecond)},
		{"0", "", llm.HintAfter(0)},
		{"5", "250", llm.HintAfter(250 * time.Millisecond)},
		{"5", "0.5", llm.HintAfter(500 * time.Microsecond)},
		{"5", "soon", llm.HintAfter(5 * time.Second)},
		{"-5", "", llm.HintAfter(0)},
		{"Wed, 01 Jul 2026 12:01:00 GMT", "", llm.HintAfter(time.Minute)},
		{"Wed, 01 Jul 2026 11:59:00 GMT", "", llm.HintAfter(0)},
		{"Wednesday, 01-Jul-26 12:00:02 GMT", "", llm.HintAfter(2 * time.Second)},
		{"NaN", "", none},
		{"Inf", "", none},
		{"soon", "", none},
		{"1e300", "", llm.HintAfter(1<<63 - 1)},
	}
	for _, tt := range tests {
		h := http.Header{}
		h.Set("Retry-After", tt.seconds)
		h.Set("Retry-After-Ms", tt.millis)
		if got := retryAfter(h, now); got != tt.want {
			t.Errorf("Retry-After %q, Retry-After-Ms %q: %+v, want %+v", tt.seconds, tt.millis, got, tt.want)
		}
	}
}

// FuzzAppendString: our strings are those of encoding/json.
func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "\x00\x1f\x7f\"\\/\b\f\n\r\t", "é\u2028\u2029😀", "\xff\xc3(\xed\xa0\x80", "\ufffd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got, want string
		if err := json.Unmarshal(appendString(nil, s), &got); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		reference, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(reference, &want); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%q reads as %q, want %q", s, got, want)
		}
	})
}
