package mockprovider

import (
	"encoding/json"
	"net/http"

	"github.com/tailgate-bench/tailgate/llm/wire"
)

// serveList answers a request for the list of models, in the shape of the
// vendor that the path and the header speak for. It returns false if r is
// another request.
func (s *Server) serveList(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet {
		return false
	}
	var list any
	switch {
	case r.URL.Path != "/v1/models" && r.URL.Path != "/v1beta/models":
		return false
	case r.URL.Path == "/v1beta/models", wire.Gemini.Key(r.Header) != "": // whose clients ask for v1, too
		list = s.geminiList()
	case r.Header.Get("Anthropic-Version") != "":
		list = s.anthropicList()
	default:
		list = s.openAIList()
	}
	w.Header().Set("Content-Type", "application/json")
	// The connection is the only thing that can fail, and is the client's.
	_ = json.NewEncoder(w).Encode(list)
	return true
}

func (s *Server) openAIList() any {
	type entry struct {
		ID      string `json:"id"`
		Object  string `json:"object"`
		Created int64  `json:"created"`
		OwnedBy string `json:"owned_by"`
	}
	data := make([]entry, 0, len(s.order))
	for _, m := range s.order {
		data = append(data, entry{m.Name(), "model", m.start.Unix(), "tailgate"})
	}
	return struct {
		Object string  `json:"object"`
		Data   []entry `json:"data"`
	}{"list", data}
}

func (s *Server) anthropicList() any {
	type entry struct {
		Type        string `json:"type"`
		ID          string `json:"id"`
		DisplayName string `json:"display_name"`
		CreatedAt   string `json:"created_at"`
	}
	data := make([]entry, 0, len(s.order))
	for _, m := range s.order {
		data = append(data, entry{"model", m.Name(), m.Name(), m.start.UTC().Format("2006-01-02T15:04:05Z")})
	}
	return struct {
		Data    []entry `json:"data"`
		HasMore bool    `json:"has_more"`
	}{data, false}
}

func (s *Server) geminiList() any {
	type entry struct {
		Name        string   `json:"name"`
		DisplayName string   `json:"displayName"`
		Methods     []string `json:"supportedGenerationMethods"`
	}
	data := make([]entry, 0, len(s.order))
	for _, m := range s.order {
		data = append(data, entry{"models/" + m.Name(), m.Name(), []string{"generateContent"}})
	}
	return struct {
		Models []entry `json:"models"`
	}{data}
}
