package wire

import (
	"net/http"

	"github.com/tailgate-bench/tailgate/llm"
)

// EncodeRequest returns the path, with its query if it has one, and the JSON
// body of the POST that asks model to answer r. Where the format demands a
// limit of tokens and r has none, it is [DefaultMaxTokens].
func (f Format) EncodeRequest(model string, r *llm.Request, stream bool) (path string, body []byte) {
	return f.codec().encodeRequest(model, r, stream)
}

// EncodeOldRequest is [Format.EncodeRequest] for servers that speak OpenAI's Chat
// Completions as they were: the limit of tokens is called max_tokens, which is
// all that some compatible servers know and OpenAI's own newer models refuse.
// The other formats have no older form.
func (f Format) EncodeOldRequest(model string, r *llm.Request, stream bool) (path string, body []byte) {
	if f == OpenAI {
		return encodeOpenAIRequestWith(`,"max_tokens":`, model, r, stream)
	}
	return f.EncodeRequest(model, r, stream)
}

// DefaultMaxTokens is the limit sent to Anthropic, which demands one, for a
// request that has none. Every Claude model allows it.
const DefaultMaxTokens = 4096

// BaseURL returns the vendor's public address, to which the path of
// [Format.EncodeRequest] is added.
func (f Format) BaseURL() string { return f.codec().baseURL }

// SetKey adds what identifies the client: the key, where the vendor looks for
// it, unless it is empty, and the version of the API where the vendor asks.
func (f Format) SetKey(h http.Header, key string) {
	if f == Anthropic {
		h.Set("Anthropic-Version", anthropicVersion)
	}
	if c := f.codec(); key != "" {
		h.Set(c.keyHeader, c.keyPrefix+key)
	}
}
