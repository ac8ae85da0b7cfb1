package mockprovider

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
)

// zipped says whether the body of a request is compressed, which vendors take
// (anthropics/claude-code#90457) though their own libraries do not make use of it.
func zipped(r *http.Request) bool { return r.Header.Get("Content-Encoding") == "gzip" }

// unzipped returns what the body of a request says, as far as it can be read.
func unzipped(r *http.Request, body []byte) []byte {
	if !zipped(r) {
		return body
	}
	zip, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(zip, maxBody))
	return text
}
