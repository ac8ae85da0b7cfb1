package live

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// numbers is a source whose changes are numbered.
type numbers struct {
	n    atomic.Int32
	took time.Duration
}

func (s *numbers) WritePage(w io.Writer) error { return s.WriteChange(w) }

func (s *numbers) WriteChange(w io.Writer) error {
	time.Sleep(s.took)
	_, err := fmt.Fprintf(w, "change %d", s.n.Add(1))
	return err
}

// slow is a browser that takes one write at a time when it is let.
type slow struct {
	http.ResponseWriter
	turn  chan struct{}
	wrote chan string
}

func (s *slow) Write(p []byte) (int, error) {
	if _, ok := <-s.turn; !ok {
		return 0, errors.New("gone")
	}
	s.wrote <- string(p)
	return len(p), nil
}

func (s *slow) Flush() {}

// A reader who takes nothing misses changes and holds nobody up; when it takes
// again it gets the latest.
func TestServer_slowReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		source := new(numbers)
		s := newServer(source, false)
		s.owned.Go(s.tell)
		b := &slow{httptest.NewRecorder(), make(chan struct{}), make(chan string, 10)}
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/events", nil)
		go s.ServeHTTP(b, r)
		time.Sleep(20*time.Second + 500*time.Millisecond)
		if source.n.Load() != 20 {
			t.Errorf("%d changes in 20 s with a slow reader, want 20", source.n.Load())
		}
		for _, want := range []string{"change 1", "change 20"} {
			b.turn <- struct{}{}
			if got := <-b.wrote; !strings.Contains(got, want) {
				t.Errorf("read %q, want %q", got, want)
			}
		}
		close(b.turn)
		s.Close()
		synctest.Wait() // nothing is left, or the bubble complains
	})
}

// Drawing takes a twentieth of the time at most, and none where nobody looks.
func TestServer_pace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		source := &numbers{took: 500 * time.Millisecond}
		s := newServer(source, false)
		s.owned.Go(s.tell)
		time.Sleep(time.Minute)
		if source.n.Load() != 0 {
			t.Errorf("drawn %d times for nobody", source.n.Load())
		}
		if _, err := s.enter(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		if share := float64(source.n.Load()) * 0.5 / 300; share > 0.05 || share < 0.04 {
			t.Errorf("drawing took %v of the time, want about a twentieth", share)
		}
		for r := range s.readers {
			s.leave(r)
		}
		s.Close()
	})
}

// A browser that never comes for the last page is waited for three seconds.
func TestServer_Finish_patience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(new(numbers), false)
		r, err := s.enter()
		if err != nil {
			t.Fatal(err)
		}
		go func() { <-s.stop; s.leave(r) }()
		began := time.Now()
		s.Finish([]byte("report"))
		if took := time.Since(began); took != patience {
			t.Errorf("it took %v, want %v", took, patience)
		}
		if got := string(<-r.next); got != "event: end\ndata: {}\n\n" {
			t.Errorf("the reader was told %q", got)
		}
	})
}

func TestServer_enter(t *testing.T) {
	t.Parallel()
	s := newServer(new(numbers), false)
	for range mostReaders {
		if _, err := s.enter(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.enter(); err == nil {
		t.Errorf("%d readers", mostReaders+1)
	}
}

func FuzzEvent(f *testing.F) {
	f.Add("a\nb\r\n\ndata: x")
	f.Add("<script>\u2028")
	f.Fuzz(func(t *testing.T, text string) {
		out := string(event("page", text))
		data, ok := strings.CutPrefix(out, "event: page\ndata: ")
		data, end := strings.CutSuffix(data, "\n\n")
		if !ok || !end || strings.ContainsAny(data, "\r\n") {
			t.Fatalf("not one event: %q", out)
		}
		var got string
		if err := json.Unmarshal([]byte(data), &got); err != nil || got != strings.ToValidUTF8(text, "\ufffd") && len(got) < len(text) {
			t.Fatalf("%q became %q: %v", text, got, err)
		}
	})
}

func FuzzNamed(f *testing.F) {
	f.Add("127.0.0.1:80")
	f.Add("rebound.example")
	f.Add("[::1]")
	f.Fuzz(func(t *testing.T, host string) {
		if named(host, false) && !named(host, true) {
			t.Fatalf("%q is known only in private", host)
		}
		if named(host, true) && strings.ContainsAny(strings.ToLower(host), "ghijkmnpqrsuvwxyz/") && !strings.Contains(strings.ToLower(host), "localhost") && !strings.Contains(host, "%") && !strings.Contains(host, ":") {
			t.Fatalf("%q is a name", host)
		}
	})
}
