package mockprovider

import (
	"errors"
	"io"
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
