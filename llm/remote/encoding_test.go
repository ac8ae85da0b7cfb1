package remote_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/remote"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

// zipping is h behind a gateway that compresses whatever passes, asked or not.
func zipping(h http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := &zipper{ResponseWriter: w, zip: gzip.NewWriter(w)}
		h.ServeHTTP(z, r)
		z.zip.Close()
	}
}

type zipper struct {
	http.ResponseWriter
	zip *gzip.Writer
}

func (z *zipper) Write(p []byte) (int, error) { return z.zip.Write(p) }

func (z *zipper) Flush() {
	z.zip.Flush()
	z.ResponseWriter.(http.Flusher).Flush()
}

// TestCompressed: a response that is compressed though nobody asked for it is
// judged by what is in it, in every format.
func TestCompressed(t *testing.T) {
	t.Parallel()
	for _, f := range wire.Formats() {
		for way, whole := range map[string]bool{"stream": false, "whole": true} {
			t.Run(f.String()+" "+way, func(t *testing.T) {
				t.Parallel()
				var asked string
				m := serve(t, remote.Config{Format: f, Whole: whole}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					asked = r.Header.Get("Accept-Encoding")
					zipping(answers(f))(w, r)
				}))
				ans, failure, tokens := call(t.Context(), m)
				if failure != nil || ans.Text != strings.Join(pieces, "") || tokens != 1 || asked != "identity" {
					t.Errorf("answer = %+v, %d first tokens, failure = %v, asked for %q", ans, tokens, failure, asked)
				}
			})
		}
	}
	t.Run("an error", func(t *testing.T) {
		t.Parallel()
		_, failure, _ := call(t.Context(), serve(t, remote.Config{}, zipping(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			write(w, wire.OpenAI.EncodeError(head(), &llm.Error{Kind: llm.Auth, Message: "no such key"}))
		}))))
		if failure == nil || failure.Error() != "auth (status 401): no such key" {
			t.Errorf("failure = %v", failure)
		}
	})
}

// TestCompressed_timing: what a server flushes is seen when it comes.
func TestCompressed_timing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newModel(t, remote.Config{BaseURL: "http://mock", Transport: bubble(t, zipping(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(2 * time.Second)
			s := begin(w, wire.OpenAI, 1)
			time.Sleep(3 * time.Second)
			w.Write(s.AppendEnd(nil, llm.StopEnd, usage))
		})))})
		var first time.Duration
		began := time.Now()
		_, err := m.Call(t.Context(), llm.Call{Request: ask(), FirstToken: func() { first = time.Since(began) }})
		if took := time.Since(began); err != nil || first != 2*time.Second || took != 5*time.Second {
			t.Errorf("first token after %v, end after %v, error = %v", first, took, err)
		}
	})
}

// TestCompressed_unreadable: a response that cannot be unpacked is malformed.
func TestCompressed_unreadable(t *testing.T) {
	t.Parallel()
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	io.WriteString(z, "data: {}\n\n")
	z.Close()
	broken := bytes.Clone(zipped.Bytes())
	broken[len(broken)-8]++ // the checksum
	for name, c := range map[string]struct{ encoding, body, said string }{
		"another encoding":  {"br", "x", `malformed (status 200): the response is compressed with "br", which was not asked for`},
		"not compressed":    {"gzip", "data: [DONE]\n\n", "malformed (status 200): the response does not unpack"},
		"a broken checksum": {"gzip", string(broken), "malformed (status 200): the response does not unpack"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, failure, _ := call(t.Context(), serve(t, remote.Config{}, says(200, eventStream+"\nContent-Encoding: "+c.encoding, c.body)))
			if failure == nil || failure.Error() != c.said {
				t.Errorf("failure = %v", failure)
			}
		})
	}
}
