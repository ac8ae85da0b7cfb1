package live

import (
	"bytes"
	"encoding/json"
)

// reader is a browser that looks. It has room for one event: the latest is worth
// more than those before it.
type reader struct{ next chan []byte }

func newReader() *reader { return &reader{next: make(chan []byte, 1)} }

// put leaves an event for the reader, in place of one that it has not taken. It
// does not wait; one goroutine may put at a time.
func (r *reader) put(event []byte) {
	select {
	case <-r.next:
	default:
	}
	r.next <- event
}

// event is a server-sent event with a text, as JSON, since that is one line.
func event(name, text string) []byte {
	b := bytes.NewBufferString("event: " + name + "\ndata: ")
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false) // twice the size, and no HTML parser reads it
	_ = e.Encode(text)     // a string into memory cannot fail; ends the line
	b.WriteByte('\n')
	return b.Bytes()
}
