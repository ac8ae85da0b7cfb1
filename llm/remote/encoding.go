package remote

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/tailgate-bench/tailgate/llm"
)

// decoded returns the body of a response as it was before it was compressed. It
// is asked not to be, but gateways are known to compress whatever passes.
func decoded(resp *http.Response) io.Reader {
	switch coding := strings.ToLower(resp.Header.Get("Content-Encoding")); coding {
	case "", "identity":
		return resp.Body
	case "gzip", "x-gzip":
		return &unzipped{from: resp.Body}
	default:
		return unreadable{fmt.Sprintf("the response is compressed with %q, which was not asked for", coding)}
	}
}

// unreadable is a body that cannot be read.
type unreadable struct{ why string }

// Read implements [io.Reader].
func (u unreadable) Read([]byte) (int, error) {
	return 0, &llm.Error{Kind: llm.Malformed, Status: http.StatusOK, Message: u.why}
}

// unzipped is a body that was compressed with gzip. What the server flushed can be
// read as soon as it has come.
type unzipped struct {
	from io.Reader
	zip  *gzip.Reader // nil until the first read, since it may have to wait
}

// Read implements [io.Reader].
func (u *unzipped) Read(p []byte) (n int, err error) {
	if u.zip == nil {
		u.zip, err = gzip.NewReader(u.from)
	}
	if err == nil {
		n, err = u.zip.Read(p)
	}
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		_, err = unreadable{"the response does not unpack"}.Read(nil)
	}
	return n, err
}
