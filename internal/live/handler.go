package live

import (
	"net/http"
	"time"
)

// ServeHTTP implements [http.Handler]: the page at /, its events at /events.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	guard(w.Header())
	switch {
	case !named(r.Host, s.public):
		http.Error(w, "tailgate answers to an address, such as 127.0.0.1, and to no other name", http.StatusMisdirectedRequest)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this page can only be read", http.StatusMethodNotAllowed)
	case r.URL.Path == "/":
		s.servePage(w, r)
	case r.URL.Path == "/events":
		s.serveEvents(w, r)
	default:
		http.NotFound(w, r)
	}
}

// guard says what no page here may do. What a page may do it says itself, by the
// hashes of its script and its style sheet.
func guard(h http.Header) {
	h.Set("Content-Security-Policy", "frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	page, err := s.page()
	if err != nil {
		http.Error(w, "the page cannot be drawn now; try again", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(page)
	if r.Method == http.MethodGet {
		s.gave()
	}
}

// serveEvents writes events until the browser leaves, stalls, or there are no
// more.
func (s *Server) serveEvents(w http.ResponseWriter, r *http.Request) {
	reader, err := s.enter()
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	defer s.leave(reader)
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	c := http.NewResponseController(w)
	_ = c.Flush()
	for {
		select {
		case <-s.stop:
			return
		case <-r.Context().Done():
			return
		case event := <-reader.next:
			_ = c.SetWriteDeadline(time.Now().Add(stalled)) // where that is not possible, closing ends it
			if _, err := w.Write(event); err != nil || c.Flush() != nil {
				return
			}
		}
	}
}
