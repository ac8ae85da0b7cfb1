package mockprovider

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

// serveModels answers a request for all models or for one, in the shape of the
// vendor that the path and the header speak for, and any request that no vendor
// has an operation for.
func (s *Server) serveModels(w http.ResponseWriter, r *http.Request) {
	vendor := wire.VendorOf(r.URL, r.Header)
	_, rest, ok := strings.Cut(r.URL.Path, "/models") // after any version, as of other paths
	name, one := strings.CutPrefix(rest, "/")
	stranger := s.stranger(vendor, r)
	switch {
	case !ok || rest != "" && name == "" || rest != "" && !one:
		unrouted(w, r, vendor, "")
	case r.Method != http.MethodGet:
		unrouted(w, r, vendor, http.MethodGet)
	case stranger != nil:
		reject(w, vendor, newHead(r, 0, 0), stranger)
	case one:
		s.serveModel(w, r, vendor, name)
	default:
		show(w, r, vendor, s.list(vendor))
	}
}

// serveModel shows one model, or says that there is none of the name.
func (s *Server) serveModel(w http.ResponseWriter, r *http.Request, vendor wire.Format, name string) {
	m, ok := s.models[name]
	if !ok {
		head := newHead(r, 0, 0)
		head.Model = name
		reject(w, vendor, head, &llm.Error{Kind: llm.NotFound})
		return
	}
	show(w, r, vendor, modelEntry(vendor, m))
}

// show writes v as the vendor's answer.
func show(w http.ResponseWriter, r *http.Request, vendor wire.Format, v any) {
	header := http.Header{}
	head := newHead(r, 0, 0)
	vendor.SetHeader(header, head, false)
	body, err := json.Marshal(v)
	if err != nil {
		reject(w, vendor, head, &llm.Error{Kind: llm.ServerError})
		return
	}
	send(w, wire.Response{Status: http.StatusOK, Header: header, Body: body})
}

// list returns all models as the vendor lists them.
func (s *Server) list(vendor wire.Format) any {
	entries := make([]any, 0, len(s.order))
	for _, m := range s.order {
		entries = append(entries, modelEntry(vendor, m))
	}
	switch vendor {
	case wire.Anthropic:
		page := anthropicPage{Data: entries}
		if n := len(s.order); n > 0 {
			page.FirstID, page.LastID = new(s.order[0].Name()), new(s.order[n-1].Name())
		}
		return page
	case wire.Gemini:
		return geminiPage{entries}
	default:
		return openAIPage{"list", entries}
	}
}

type openAIPage struct {
	Object string `json:"object"`
	Data   []any  `json:"data"`
}

type anthropicPage struct {
	Data    []any   `json:"data"`
	FirstID *string `json:"first_id"`
	HasMore bool    `json:"has_more"`
	LastID  *string `json:"last_id"`
}

type geminiPage struct {
	Models []any `json:"models"`
}

type openAIModel struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	OwnedBy string `json:"owned_by"`
}

type anthropicModel struct {
	Type        string `json:"type"`
	ID          string `json:"id"`
	DisplayName string `json:"display_name"`
	CreatedAt   string `json:"created_at"`
}

type geminiModel struct {
	Name        string   `json:"name"`
	Version     string   `json:"version"`
	DisplayName string   `json:"displayName"`
	InputLimit  int      `json:"inputTokenLimit"`
	OutputLimit int      `json:"outputTokenLimit"`
	Methods     []string `json:"supportedGenerationMethods"`
}

// modelEntry returns a model as the vendor describes it.
func modelEntry(vendor wire.Format, m *Model) any {
	switch name := m.Name(); vendor {
	case wire.Anthropic:
		return anthropicModel{"model", name, name, m.start.UTC().Format(time.RFC3339)}
	case wire.Gemini:
		return geminiModel{"models/" + name, "001", name, 1 << 20, 1 << 16, []string{"generateContent"}}
	default:
		return openAIModel{name, "model", m.start.Unix(), "tailgate"}
	}
}
