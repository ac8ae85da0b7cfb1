package scenarios

import (
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/llm/remote"
	"github.com/tailgate-bench/tailgate/llm/wire"
	"github.com/tailgate-bench/tailgate/mockprovider"
)

// Remote says how a real model is reached.
type Remote struct {
	// Config has no key and no transport.
	remote.Config
	// KeyEnv names the environment variable that holds the key; "" sends none.
	KeyEnv string
	// MaxTokens limits every answer; 0 leaves it to the workload.
	MaxTokens int
}

// Real says whether the scenario's models are real ones, which are asked over
// the network and cost money. All of them are, or none.
func (s *Scenario) Real() bool {
	return slices.ContainsFunc(s.Models, func(m Model) bool { return m.Remote != nil })
}

// The defaults of a real model.
const (
	defaultConnect   = 10 * time.Second
	defaultMaxTokens = 256 // of an answer
)

// AnswerLimit returns how many tokens an answer of the model may have when a
// request asks for at most so many, 0 for any number: the lower of the two, and
// 256 if nobody says. A run with real models has no answer without a limit,
// because its cost would have none.
func (r *Remote) AnswerLimit(asked int) int {
	switch {
	case asked > 0 && r.MaxTokens > 0:
		return min(asked, r.MaxTokens)
	case asked > 0 || r.MaxTokens > 0:
		return max(asked, r.MaxTokens)
	default:
		return defaultMaxTokens
	}
}

// Host returns the host that the model is asked at, with its port if it has one.
func (r *Remote) Host() string {
	u, err := url.Parse(r.BaseURL)
	if err != nil {
		return "" // cannot be: it was checked
	}
	return u.Host
}

// providers are the formats of real models, by the name of a provider.
func providers() []string {
	return []string{wire.OpenAI.String(), wire.Anthropic.String(), wire.Gemini.String()}
}

// services are the names of the presets of real models.
func services() []string {
	var all []string
	for _, p := range remote.Presets() {
		all = append(all, p.Name)
	}
	return all
}

// isReal says whether the mapping of a model is one of a real model's.
func (v value) isReal() bool {
	if !v.isMapping() {
		return false
	}
	quiet := value{r: &reader{}, node: v.node}
	for _, e := range quiet.entries("a mapping") {
		text, _ := scalar(e.node)
		if e.key == "provider" && slices.Contains(providers(), text) || e.key == "preset" && slices.Contains(services(), text) {
			return true
		}
	}
	return false
}

// notMixed refuses real models beside mocks: their clocks and their weather are
// not the same, so no comparison between them would mean anything.
func (v value) notMixed(all []Model) {
	mock := slices.IndexFunc(all, func(m Model) bool { return m.Remote == nil })
	live := slices.IndexFunc(all, func(m Model) bool { return m.Remote != nil })
	if mock >= 0 && live >= 0 {
		v.fail("must be all real or none: %s is asked over the network and %s is not", all[live].Name, all[mock].Name)
	}
}

// readRemote reads a real model. What it says replaces what its preset says.
func readRemote(name string, v value) Model {
	m := Model{Remote: &Remote{}}
	r := m.Remote
	m.Name, r.Name = name, name
	if v.holdsKey() {
		return m
	}
	service := ""
	found := v.object(fields{
		"provider":       func(v value) { service = v.choice("provider of a real model", providers()...) },
		"preset":         func(v value) { m.Preset = v.choice("preset of a real model", services()...) },
		"format":         func(v value) { r.Format = readFormat(v) },
		"model":          func(v value) { r.Model = v.string() },
		"base_url":       func(v value) { r.BaseURL = v.address() },
		"path":           func(v value) { r.Path = v.urlPath() },
		"key_env":        func(v value) { r.KeyEnv = v.variable() },
		"headers":        func(v value) { r.Header = v.headers() },
		"stream":         func(v value) { r.Whole = !v.bool() },
		"max_tokens":     func(v value) { r.MaxTokens = v.integer(1, math.MaxInt32) },
		"old_max_tokens": func(v value) { r.OldMaxTokens = v.bool() },
		"timeouts":       func(v value) { r.Timeouts = readTimeouts(v) },
		"price":          m.readPrice,
	})
	if r.Model == "" {
		r.Model = name
	}
	if !found.has("timeouts") {
		r.Timeouts.Connect = defaultConnect
	}
	m.complete(v, found, service)
	m.Format = r.Format
	if r.Format == wire.Gemini && r.Path != "" {
		found["path"].fail("cannot be chosen with Gemini's format, whose paths name the model")
	}
	return m
}

// complete fills in what the service is known for: its format, address, where
// its key is kept and what it charges. A key is never sent to another address
// than its own unless the file says so.
func (m *Model) complete(v value, found present, service string) {
	r := m.Remote
	name := m.Preset
	if !found.has("preset") {
		name = service
	}
	preset, known := remote.PresetOf(name)
	if !known {
		return // has been complained about
	}
	if m.Preset != "" && service != "" && service != preset.Format.String() {
		found["provider"].fail("is not what the preset %s speaks, %s: leave one of the two out", m.Preset, preset.Format)
	}
	if !found.has("format") {
		r.Format = preset.Format
	}
	if !found.has("base_url") {
		r.BaseURL = preset.BaseURL
		if !found.has("key_env") {
			r.KeyEnv = preset.KeyEnv
		}
	}
	if !found.has("old_max_tokens") {
		r.OldMaxTokens = preset.OldMaxTokens
	}
	m.priced(v, found, preset)
}

// priced looks a price up that the file does not give. It is known only of the
// vendors' own services and of machines of one's own.
func (m *Model) priced(v value, found present, preset remote.Preset) {
	r := m.Remote
	if found.has("price") || preset.Free {
		return
	}
	listed, ok := mockprovider.PriceOf(r.Model)
	if ok && r.BaseURL == r.Format.BaseURL() {
		m.Price = listed.Price
		return
	}
	v.fail("lacks a price, without which the cost of a run is unknown: write price: {input: 3, output: 15} in USD per million tokens, with zeros if it costs nothing")
}

// readTimeouts reads the limits of a call's phases.
func readTimeouts(v value) remote.Timeouts {
	t := remote.Timeouts{Connect: defaultConnect}
	v.object(fields{
		"connect":     func(v value) { t.Connect = v.positive() },
		"headers":     func(v value) { t.Headers = v.positive() },
		"first_token": func(v value) { t.FirstToken = v.positive() },
		"idle":        func(v value) { t.Idle = v.positive() },
		"total":       func(v value) { t.Total = v.positive() },
	})
	return t
}

// bool reads yes or no.
func (v value) bool() bool { return v.choice("value", "true", "false") == "true" }

// hide records that the value is wrong without showing it: it may be a secret.
func (v value) hide(message string) {
	before := len(v.r.errs)
	v.fail("%s", message)
	v.r.errs[before].Value = ""
}

// hidden reads a plain text that errors must not show.
func (v value) hidden(what string) (string, bool) {
	text, ok := scalar(v.node)
	if !ok {
		v.must(what)
	}
	return text, ok
}

// holdsKey says, and complains, that a key stands in the file.
func (v value) holdsKey() (found bool) {
	quiet := value{r: &reader{}, path: v.path, node: v.node}
	for _, e := range quiet.entries("a mapping") {
		if slices.Contains([]string{"key", "api_key", "token", "secret"}, e.key) {
			found, e.r = true, v.r
			e.hide("a key must not stand in a scenario, which ends up in reports: put it into an environment variable and name that with key_env")
		}
	}
	return found
}

// variable reads the name of an environment variable. A key in its place is not
// shown.
func (v value) variable() string {
	text, ok := v.hidden("the name of an environment variable")
	if ok && !regexp.MustCompile(`^[A-Z_][A-Z0-9_]{0,63}$`).MatchString(text) {
		v.hide("must be the name of an environment variable that holds the key, such as OPENAI_API_KEY, in capitals; the key itself must not stand here")
	}
	return text
}

// address reads a base URL.
func (v value) address() string {
	return v.located("an address such as https://api.openai.com/v1, without user, query or fragment",
		func(text string) remote.Config { return remote.Config{BaseURL: text} })
}

// urlPath reads the path that takes the place of a format's own.
func (v value) urlPath() string {
	return v.located("a path such as /v1/chat/completions, without query, fragment or space",
		func(text string) remote.Config { return remote.Config{Path: text} })
}

// located reads a part of where a model is reached, which may hold a secret where
// none belongs.
func (v value) located(must string, in func(text string) remote.Config) string {
	text, ok := v.hidden(must)
	if !ok {
		return ""
	}
	cfg := in(text)
	cfg.Model = "m"
	if _, err := remote.New(cfg); err != nil || text == "" {
		v.hide("must be " + must)
	}
	return text
}

// headers reads header fields to add to every request.
func (v value) headers() http.Header {
	h := make(http.Header)
	for _, e := range v.entries("a mapping of names of header fields to their values") {
		text, ok := e.hidden("text")
		switch {
		case !ok:
		case !regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$").MatchString(e.key):
			e.at.fail("cannot be the name of a header field")
		case secretive(e.key) || strings.HasPrefix(text, "sk-") || strings.HasPrefix(text, "Bearer "):
			e.hide("is a field for secrets, which must not stand in a scenario: name an environment variable with key_env instead")
		case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
			e.hide("has characters that cannot be sent")
		default:
			h.Set(e.key, text)
		}
	}
	return h
}

// secretive says whether a header field is one that secrets are sent in.
func secretive(name string) bool {
	return regexp.MustCompile(`(?i)auth|api-?key|key$|token|secret|cookie|password|credential|signature`).MatchString(name)
}
