// Package remote reaches a model over HTTP, in any of the formats of package
// wire.
//
// A [Model] makes one POST per [Model.Call] and judges what comes back: a status
// that is not 2xx, an error inside the stream, a stream cut before its
// terminator, an answer without a word, a broken connection and a cancelled
// context each become an [llm.Error] of their own kind, and beside it stands what
// had arrived, with its tokens counted or estimated, since a provider bills an
// answer that nobody waited for. The vendors' own libraries call most of these a
// success. Nothing is sent twice and no redirect is followed: retrying is a
// strategy's business, and a benchmark that cannot see an attempt cannot count
// it.
package remote

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

// Config says which model to reach and how.
type Config struct {
	// Name is how records and errors call the model; "" means Model.
	Name string
	// Model is the vendor's name of the model. It is required.
	Model string
	// Format is the wire format; the zero value is OpenAI's.
	Format wire.Format
	// BaseURL is the address of the service, such as "http://127.0.0.1:8089" or
	// "https://openrouter.ai/api/v1"; "" means the vendor's own. If its last
	// element is a version, as here "v1", it takes the place of the format's.
	BaseURL string
	// Path takes the place of the format's own, such as "/v1/messages"; "" keeps
	// that. It is added to BaseURL as it is. Gemini's names the model and cannot
	// be replaced.
	Path string
	// Key authenticates the client; "" sends none.
	Key Key
	// Header is added to every request and replaces fields of the same name.
	Header http.Header
	// Transport carries the requests; nil means a [NewPatientTransport] of its own.
	// Models share connections by sharing it.
	Transport http.RoundTripper
	// Whole asks for answers in one piece instead of a stream. The first token
	// then arrives with the last.
	Whole bool
	// OldMaxTokens sends the limit of an answer's length under OpenAI's first
	// name for it, max_tokens, which is all that many compatible servers know
	// and OpenAI's own newer models refuse.
	OldMaxTokens bool
	// Timeouts limit each call beside its context.
	Timeouts Timeouts
	// Trace tells the server which request and attempt it is asked for, in the
	// fields [wire.TraceRequest] and [wire.TraceAttempt]. It is meant for the
	// mock, which draws its weather by them.
	Trace bool
	// MaxBody limits the body of a response, in bytes; 0 means 64 MiB.
	MaxBody int64
}

const defaultMaxBody = 64 << 20

// Model is a model reached over HTTP. It is safe for concurrent use.
type Model struct {
	cfg       Config
	base      string // without a slash at its end
	versioned bool   // base ends in a version
	client    *http.Client
}

var _ llm.Model = (*Model)(nil)

// New checks cfg and returns the model. It does not connect.
func New(cfg Config) (*Model, error) {
	if cfg.Model == "" {
		return nil, errors.New("remote model: no model name")
	}
	if _, ok := wire.ParseFormat(cfg.Format.String()); !ok {
		return nil, fmt.Errorf("remote model %q: there is no wire %v", cfg.Model, cfg.Format)
	}
	cfg.Header = cfg.Header.Clone()
	if cfg.Name == "" {
		cfg.Name = cfg.Model
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = cfg.Format.BaseURL()
	}
	if cfg.Transport == nil {
		cfg.Transport = NewPatientTransport(cfg.Timeouts.Connect)
	}
	if cfg.MaxBody == 0 {
		cfg.MaxBody = defaultMaxBody
	}
	base, err := parseBase(cfg.BaseURL)
	if err == nil {
		err = checkHeader(cfg)
	}
	if err == nil {
		err = checkPath(cfg)
	}
	if err != nil {
		return nil, fmt.Errorf("remote model %q: %w", cfg.Name, err)
	}
	return &Model{
		cfg: cfg, base: strings.TrimRight(base.String(), "/"), versioned: isVersion(path.Base(base.Path)),
		client: &http.Client{Transport: cfg.Transport, CheckRedirect: noRedirect},
	}, nil
}

// Name implements [llm.Model].
func (m *Model) Name() string { return m.cfg.Name }

func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// checkHeader refuses what could not be sent, without repeating the key, and
// the fields that make net/http repeat a request that the server may have seen.
func checkHeader(cfg Config) error {
	if strings.ContainsFunc(string(cfg.Key), notInHeader) {
		return errors.New("the key has characters that cannot be sent")
	}
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		if len(cfg.Header.Values(name)) > 0 {
			return fmt.Errorf("header %q: one value cannot serve many requests", name)
		}
	}
	return nil
}

// checkPath refuses a path that is none, and one for Gemini.
func checkPath(cfg Config) error {
	switch {
	case cfg.Path == "":
		return nil
	case cfg.Format == wire.Gemini:
		return errors.New("the path of Gemini's format names the model and cannot be replaced")
	case cfg.Path[0] != '/' || strings.ContainsAny(cfg.Path, "?# ") || strings.ContainsFunc(cfg.Path, notInHeader):
		return errors.New(`the path must begin with "/" and have no query, fragment or space`)
	}
	return nil
}

// notInHeader finds what may not stand in a header field.
func notInHeader(r rune) bool { return r < ' ' || r == 0x7f }

// parseBase reads a base URL. Its errors do not repeat what may be a secret.
func parseBase(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("the base URL does not parse")
	}
	switch {
	case u.User != nil:
		return nil, errors.New("the base URL has a user name: use the key or a header")
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return nil, fmt.Errorf("base URL %q: must begin with http:// or https:// and a host", text)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the base URL has a query or fragment")
	}
	return u, nil
}

// isVersion says whether an element of a path is a version, such as "v1" or
// "v1beta".
func isVersion(element string) bool {
	return len(element) > 1 && element[0] == 'v' && element[1] >= '1' && element[1] <= '9'
}

// address returns the URL for a format's path, such as "/v1/messages".
func (m *Model) address(method string) string {
	if m.cfg.Path != "" {
		return m.base + m.cfg.Path
	}
	if m.versioned {
		_, rest, _ := strings.Cut(method[1:], "/")
		method = "/" + rest
	}
	return m.base + method
}
