package mockprovider

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
)

// The largest request body in bytes, which is the limit that Anthropic publishes,
// and the most that those of all requests under way may have together.
const (
	maxBody   = 32 << 20
	maxBodies = 1 << 30
)

// The errors of a body that is larger than allowed, alone or with the others.
var (
	errBody   = errors.New("the body of the request is too large")
	errBodies = errors.New("the bodies of all requests are too large")
)

// held is the body of a request, counted among those that are under way.
type held struct {
	io.Reader
	all  *atomic.Int64
	most int64
	n    int64
}

// read reads the body of r whole. Of one that is compressed, what it says counts.
func (h *held) read(r *http.Request) (text []byte, err error) {
	h.Reader = r.Body
	if zipped(r) {
		if h.Reader, err = gzip.NewReader(r.Body); err != nil {
			return nil, err
		}
	}
	return io.ReadAll(h)
}

// Read implements [io.Reader].
func (h *held) Read(b []byte) (int, error) {
	n, err := h.Reader.Read(b)
	h.n += int64(n)
	switch all := h.all.Add(int64(n)); {
	case h.n > maxBody:
		return n, errBody
	case all > h.most:
		return n, errBodies
	default:
		return n, err
	}
}

// release counts the body no more.
func (h *held) release() { h.all.Add(-h.n) }
