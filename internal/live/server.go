package live

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// How often there is a new page, and how many times longer than rendering took
// the pause is at least.
const (
	every = time.Second
	rest  = 20
)

const (
	mostReaders = 32
	patience    = 3 * time.Second  // with browsers that have not fetched the last page
	stalled     = 10 * time.Second // a reader that takes nothing for so long is dropped
)

// Source renders what is under way. It is called by one goroutine at a time.
type Source interface {
	// WritePage writes the whole page as it is now.
	WritePage(w io.Writer) error
	// WriteChange writes what the script of the page gets as the JSON string of an
	// event called page. Nothing written means that there is nothing to show.
	WriteChange(w io.Writer) error
}

// Server serves the page of a [Source]. Its methods are safe for concurrent use.
type Server struct {
	source   Source
	public   bool
	listener net.Listener
	server   http.Server
	stop     chan struct{}  // closed at the end
	owned    sync.WaitGroup // goroutines and readers
	render   sync.Mutex     // held while the source renders

	mu      sync.Mutex
	readers map[*reader]bool // guarded by mu; nil when closed
	last    []byte           // guarded by mu: the page after the end; nil before
	missing int              // guarded by mu: browsers that have not fetched it
	fetched chan struct{}    // closed when missing has become 0
}

// Start serves source on the address HOST:PORT, by default of the host
// 127.0.0.1, until [Server.Finish] or [Server.Close]. Port 0 is any free one.
// Others than this machine can reach it only if public is set. The error is an
// *[AddressError].
func Start(ctx context.Context, address string, public bool, source Source) (*Server, error) {
	l, err := listen(ctx, address, public)
	if err != nil {
		return nil, err
	}
	s := newServer(source, public)
	s.listener = l
	s.server = http.Server{
		Handler: s, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	s.owned.Go(func() { _ = s.server.Serve(l) }) // ends with ErrServerClosed
	s.owned.Go(s.tell)
	return s, nil
}

func newServer(source Source, public bool) *Server {
	return &Server{
		source: source, public: public, stop: make(chan struct{}),
		readers: map[*reader]bool{}, fetched: make(chan struct{}),
	}
}

// URL is where the page is.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() + "/" }

// Finish shows page, an HTML document, from now on, has the browsers that look
// fetch it, and closes the server when they have, or after three seconds.
func (s *Server) Finish(page []byte) {
	s.finish(page)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-s.fetched:
	case <-timer.C:
	case <-s.stop:
	}
	s.Close()
}

// finish tells the readers that there is a last page.
func (s *Server) finish(page []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last != nil {
		return
	}
	s.last, s.missing = page, len(s.readers)
	if s.missing == 0 {
		close(s.fetched)
	}
	for r := range s.readers {
		r.put([]byte("event: end\ndata: {}\n\n"))
	}
}

// Close ends everything that the server has begun, and waits for it. Closing
// twice is fine, and so is closing nil.
func (s *Server) Close() {
	if s == nil {
		return
	}
	s.mu.Lock()
	open := s.readers != nil
	s.readers = nil
	s.mu.Unlock()
	if open {
		close(s.stop)
		if s.listener != nil {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			if err := s.server.Shutdown(ctx); err != nil {
				_ = s.server.Close() // what is still open is unwanted
			}
		}
	}
	s.owned.Wait()
}

// tell renders for the readers until the end.
func (s *Server) tell() {
	timer := time.NewTimer(every)
	defer timer.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-timer.C:
		}
		began := time.Now()
		if event := s.change(); event != nil {
			s.broadcast(event)
		}
		timer.Reset(max(every, rest*time.Since(began)))
	}
}

// change renders an event, or nil where nobody looks or there is nothing to show.
func (s *Server) change() []byte {
	s.mu.Lock()
	looked := len(s.readers) > 0 && s.last == nil
	s.mu.Unlock()
	if !looked {
		return nil
	}
	s.render.Lock()
	defer s.render.Unlock()
	var b bytes.Buffer
	if err := s.source.WriteChange(&b); err != nil || b.Len() == 0 {
		return nil // a page that cannot be drawn now may be the next time
	}
	return event("page", b.String())
}

func (s *Server) broadcast(event []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last != nil {
		return
	}
	for r := range s.readers {
		r.put(event)
	}
}

// page renders the whole page.
func (s *Server) page() ([]byte, error) {
	s.mu.Lock()
	last := s.last
	s.mu.Unlock()
	if last != nil {
		return last, nil
	}
	s.render.Lock()
	defer s.render.Unlock()
	var b bytes.Buffer
	err := s.source.WritePage(&b)
	return b.Bytes(), err
}

// gave notes that a browser has the last page.
func (s *Server) gave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil || s.missing == 0 {
		return
	}
	if s.missing--; s.missing == 0 {
		close(s.fetched)
	}
}

// enter lets a reader in.
func (s *Server) enter() (*reader, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.readers == nil || s.last != nil:
		return nil, errors.New("the run has ended")
	case len(s.readers) >= mostReaders:
		return nil, errors.New("too many browsers look already")
	}
	r := newReader()
	s.readers[r] = true
	s.owned.Add(1)
	return r, nil
}

func (s *Server) leave(r *reader) {
	s.mu.Lock()
	delete(s.readers, r)
	s.mu.Unlock()
	s.owned.Done()
}
