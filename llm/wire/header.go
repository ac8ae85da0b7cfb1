package wire

import (
	"net/http"
	"strconv"

	"github.com/tailgate-bench/tailgate/llm/draw"
)

// fields is a header to write into. The values share one block of memory, since a
// vendor's response has some twenty of them.
type fields struct {
	header http.Header
	room   []string
	first  [usualFields]string
}

// usualFields is the room for values before another block is taken.
const usualFields = 24

func newFields(h http.Header) *fields {
	f := &fields{header: h}
	f.room = f.first[:0]
	return f
}

// set sets a field, whose name is in its canonical form.
func (f *fields) set(name, value string) {
	f.room = append(f.room, value)
	n := len(f.room)
	f.header[name] = f.room[n-1 : n : n]
}

// SetHeader sets the header fields of a 200 response.
func (f Format) SetHeader(h http.Header, head Head, stream bool) {
	all := newFields(h)
	f.setHeader(all, head, stream)
	f.setLimits(all, head)
}

// setHeader sets the header fields of any response of the vendor's service.
func (f Format) setHeader(h *fields, head Head, stream bool) {
	switch {
	case stream && f != Gemini:
		h.set("Content-Type", "text/event-stream; charset=utf-8")
		h.set("Cache-Control", "no-cache")
	case stream && !head.Array:
		h.set("Content-Type", "text/event-stream")
	case f == Gemini:
		h.set("Content-Type", "application/json; charset=UTF-8")
	default:
		h.set("Content-Type", "application/json")
	}
	f.codec().setHeader(h, head)
}

// setEdge sets the header fields of the edge before OpenAI's and Anthropic's
// services.
func setEdge(h *fields, head Head) {
	h.set("Server", "cloudflare")
	h.set("Cf-Cache-Status", "DYNAMIC")
	ray := strconv.AppendUint(make([]byte, 0, 20), draw.Hash(head.ID)|1<<63, 16) // sixteen digits
	h.set("Cf-Ray", string(append(ray, "-IAD"...)))
}
