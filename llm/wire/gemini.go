package wire

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/tailgate-bench/tailgate/llm"
)

// The methods of the API, as they end a path.
const (
	geminiWhole  = ":generateContent"
	geminiStream = ":streamGenerateContent"
)

var gemini = codec{
	keyHeader: "X-Goog-Api-Key",
	baseURL:   "https://generativelanguage.googleapis.com",

	encodeRequest: encodeGeminiRequest,
	decodeAnswer:  decodeGeminiAnswer,
	decodeEvent:   decodeGeminiEvent,
	unterminated:  true,
	parseError:    parseGeminiError,

	decodeRequest: decodeGeminiRequest,
	setHeader:     func(*fields, Head) {},
	appendAnswer:  appendGeminiAnswer,
	frames:        geminiFrames,
	describe:      describeGemini,
	appendProblem: appendGeminiProblem,
	setRetry:      func(h http.Header, e *llm.Error, _ problem) { setOverride(h, e.Override) }, // only if asked for
}

// geminiRequest is a request. Protobuf's JSON has two spellings of each name, of
// which the second is read and never written.
type geminiRequest struct {
	System        *geminiContent  `json:"systemInstruction,omitempty"`
	SystemToo     *geminiContent  `json:"system_instruction,omitempty"`
	Contents      []geminiContent `json:"contents"`
	Generation    *geminiConfig   `json:"generationConfig,omitempty"`
	GenerationToo *geminiConfig   `json:"generation_config,omitempty"`
}

type geminiConfig struct {
	MaxOutputTokens    int `json:"maxOutputTokens,omitempty"`
	MaxOutputTokensToo int `json:"max_output_tokens,omitempty"`
}

// limit returns the limit of tokens, 0 for none.
func (q *geminiRequest) limit() int {
	c := cmp.Or(q.Generation, q.GenerationToo, &geminiConfig{})
	return cmp.Or(c.MaxOutputTokens, c.MaxOutputTokensToo)
}

type geminiContent struct {
	Parts []geminiPart `json:"parts"`
	Role  string       `json:"role,omitempty"`
}

type geminiPart struct {
	Text    string `json:"text"`
	Thought bool   `json:"thought,omitempty"`
}

// text returns what the content says, without the model's thoughts, with sep
// between parts.
func (c *geminiContent) text(sep string) string {
	if c == nil {
		return ""
	}
	var parts []string
	for _, p := range c.Parts {
		if !p.Thought && p.Text != "" {
			parts = append(parts, p.Text)
		}
	}
	return strings.Join(parts, sep)
}

func newGeminiContent(role, text string) geminiContent {
	return geminiContent{Role: role, Parts: []geminiPart{{Text: text}}}
}

func encodeGeminiRequest(model string, r *llm.Request, stream bool) (path string, body []byte) {
	q := geminiRequest{Contents: []geminiContent{newGeminiContent("user", r.Prompt)}}
	if r.System != "" {
		q.System = new(newGeminiContent("", r.System))
	}
	if r.MaxTokens > 0 {
		q.Generation = &geminiConfig{MaxOutputTokens: r.MaxTokens}
	}
	path = "/v1beta/models/" + url.PathEscape(strings.TrimPrefix(model, "models/"))
	if stream {
		return path + geminiStream + "?alt=sse", appendJSON(nil, q)
	}
	return path + geminiWhole, appendJSON(nil, q)
}

func decodeGeminiRequest(u *url.URL, body []byte) (Incoming, error) {
	model, stream := geminiTarget(u.Path)
	in := Incoming{Model: model, Usage: true, Stream: stream}
	in.Array = in.Stream && u.Query().Get("alt") != "sse"
	var q geminiRequest
	if err := json.Unmarshal(body, &q); err != nil {
		if m, ok := mistyped(err); ok {
			return in, invalid("Invalid value at '" + m.field + "'")
		}
		return in, invalid("Invalid JSON payload received. " + syntax(err))
	}
	switch {
	case in.Model == "":
		return in, invalid("The model is not specified.")
	case len(q.Contents) == 0:
		return in, invalid("* GenerateContentRequest.contents: contents is not specified")
	case q.limit() < 0:
		return in, invalid("* GenerateContentRequest.generation_config.max_output_tokens: max_output_tokens must be positive.")
	}
	in.Request.MaxTokens = q.limit()
	var system, prompt lines
	system.add(q.System.text("\n"))
	system.add(q.SystemToo.text("\n"))
	for _, c := range q.Contents {
		prompt.add(c.text("\n"))
	}
	in.Request.System, in.Request.Prompt = system.String(), prompt.String()
	return in, nil
}

// geminiTarget reads the model and the method from a path such as
// "/v1beta/models/gemini-2.5-flash:generateContent".
func geminiTarget(path string) (model string, stream bool) {
	_, model, _ = strings.Cut(path, "/models/")
	if model, stream = strings.CutSuffix(model, geminiStream); !stream {
		model = strings.TrimSuffix(model, geminiWhole)
	}
	return model, stream
}

// geminiAnswer is a whole answer, and one piece of a streamed one.
type geminiAnswer struct {
	Candidates []geminiCandidate `json:"candidates,omitempty"`
	Feedback   *geminiFeedback   `json:"promptFeedback,omitempty"`
	Usage      *geminiUsage      `json:"usageMetadata,omitempty"`
	Model      string            `json:"modelVersion,omitempty"`
	ID         string            `json:"responseId,omitempty"`
	Error      *geminiProblem    `json:"error,omitempty"`
}

type geminiCandidate struct {
	Content      *geminiContent `json:"content,omitempty"`
	FinishReason string         `json:"finishReason,omitempty"`
	Index        int            `json:"index"`
}

type geminiFeedback struct {
	BlockReason string `json:"blockReason"`
}

type geminiUsage struct {
	Prompt     int           `json:"promptTokenCount"`
	Candidates int           `json:"candidatesTokenCount,omitempty"`
	ToolUse    int           `json:"toolUsePromptTokenCount,omitempty"`
	Thoughts   int           `json:"thoughtsTokenCount,omitempty"`
	Total      int           `json:"totalTokenCount"`
	Details    []geminiCount `json:"promptTokensDetails,omitempty"`
}

type geminiCount struct {
	Modality string `json:"modality"`
	Tokens   int    `json:"tokenCount"`
}

// usage returns the tokens. Thoughts are billed as output.
func (u *geminiUsage) usage() llm.Usage {
	return llm.Usage{Input: u.Prompt + u.ToolUse, Output: u.Candidates + u.Thoughts}
}

// newGeminiUsage returns nil for an estimate.
func newGeminiUsage(u llm.Usage) *geminiUsage {
	if u.Estimated {
		return nil
	}
	return &geminiUsage{
		Prompt: u.Input, Candidates: u.Output, Total: u.Input + u.Output,
		Details: []geminiCount{{Modality: "TEXT", Tokens: u.Input}},
	}
}

func appendGeminiAnswer(b []byte, head Head, a llm.Answer) []byte {
	c := geminiCandidate{FinishReason: geminiReason(a.Stop)}
	if a.Text != "" {
		c.Content = new(newGeminiContent("model", a.Text))
	}
	return appendJSON(b, geminiAnswer{
		Candidates: []geminiCandidate{c},
		Usage:      newGeminiUsage(a.Usage), Model: head.Model, ID: head.ID,
	})
}

func decodeGeminiAnswer(s *state, body []byte) error {
	if err := s.readGeminiPieces(body); err != nil {
		return err
	}
	if s.model == "" && s.text.Len() == 0 && !s.finished {
		return &llm.Error{Kind: llm.Malformed, Status: http.StatusOK, Message: "the answer has no candidates"}
	}
	return nil
}

// readGeminiPieces takes in a whole answer, or the array of its pieces that a
// stream is without alt=sse.
func (s *state) readGeminiPieces(body []byte) error {
	if trimmed := bytes.TrimSpace(body); len(trimmed) == 0 || trimmed[0] != '[' {
		return s.readGemini("the answer", body)
	}
	var pieces []json.RawMessage
	if err := json.Unmarshal(body, &pieces); err != nil {
		return malformed("the answer", err)
	}
	for _, piece := range pieces {
		if err := s.readGemini("a piece of the answer", piece); err != nil {
			return err
		}
	}
	return nil
}

// readGemini takes in a whole answer or a piece of one; what names it in errors.
func (s *state) readGemini(what string, data []byte) error {
	a, err := decode[geminiAnswer](data)
	if err != nil {
		return malformed(what, err)
	}
	if a.Error != nil {
		return a.Error.problem().inStream()
	}
	if a.Model != "" {
		s.model = a.Model
	}
	for _, c := range a.Candidates {
		if c.Index != 0 {
			continue
		}
		text := c.Content.text("")
		s.text.WriteString(text)
		switch {
		case c.FinishReason != "":
			s.finish(geminiVerdict(c.FinishReason))
		case text != "": // so the reason that came before was not the last
			s.finished = false
		}
	}
	if a.Feedback != nil && a.Feedback.BlockReason != "" {
		s.finish(verdict{refusal: a.Feedback.BlockReason})
	}
	if a.Usage != nil {
		s.usage = a.Usage.usage()
	}
	s.counted = s.finished && (s.counted || a.Usage != nil)
	return nil
}

func geminiReason(stop llm.Stop) string {
	switch stop {
	case llm.StopLength:
		return "MAX_TOKENS"
	case llm.StopRefused:
		return "SAFETY"
	default:
		return "STOP"
	}
}

func geminiVerdict(reason string) verdict {
	switch reason {
	case "STOP":
		return verdict{stop: llm.StopEnd}
	case "MAX_TOKENS":
		return verdict{stop: llm.StopLength}
	case "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS":
		return verdict{garbled: "the model stopped with " + reason}
	default: // SAFETY, RECITATION, BLOCKLIST and many more: the answer is withheld
		return verdict{refusal: reason}
	}
}
