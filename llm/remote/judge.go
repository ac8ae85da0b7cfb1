package remote

import (
	"mime"
	"net/http"
	"strings"

	"github.com/tailgate-bench/tailgate/llm"
)

// judge returns nil if a whole answer is one. The vendors' own clients call an
// answer without a word a success, such as Gemini's STOP without content.
func judge(ans llm.Answer) error {
	if strings.TrimSpace(ans.Text) == "" {
		return &llm.Error{Kind: llm.Malformed, Status: http.StatusOK, Message: "the answer is empty"}
	}
	return nil
}

// inOnePiece says whether a response is not the stream that was asked for.
// Gateways answer with an error, or all of an answer, in JSON and status 200, or
// with a page of their own. A type that is missing or odd may still be a stream.
func inOnePiece(h http.Header) bool {
	media, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return media == "application/json" || media == "text/html"
}
