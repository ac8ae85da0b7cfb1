package wire_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/llm/wire"
)

// TestDecodeError_otherShapes: what a server says in no vendor's envelope is told
// too, unless it is a page, and never in characters that move the cursor.
func TestDecodeError_otherShapes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, want string }{
		"nothing":            {"", "Not Found"},
		"space":              {" \n", "Not Found"},
		"a page":             {"<html><body>nginx</body></html>", "Not Found"},
		"a page, after mark": {"\ufeff<!DOCTYPE html>", "Not Found"},
		"plain text":         {"404 page\n not found\n", "Not Found: 404 page not found"},
		"another envelope":   {`{"detail":"No route"}`, `Not Found: {"detail":"No route"}`},
		"the same words":     {"Not found", "Not Found"},
		"no text":            {"\x1f\x8b\x08\x00\x00\xff", "Not Found"},
		"escapes":            {"\x1b[31mred\x07", "Not Found: [31mred"},
		"an envelope":        {`{"error":{"message":"No \u001b[2Jsuch","status":"NOT_FOUND","type":"x"}}`, "No [2Jsuch"},
		"long":               {strings.Repeat("x", 2000), "Not Found: " + strings.Repeat("x", 501) + "…"},
	} {
		for _, f := range wire.Formats() {
			if got := f.DecodeError(http.StatusNotFound, nil, []byte(c.body), noon); got.Message != c.want {
				t.Errorf("%v, %s: %q, want %q", f, name, got.Message, c.want)
			}
		}
	}
}
