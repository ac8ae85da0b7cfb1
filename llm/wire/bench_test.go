package wire_test

import (
	"bytes"
	"testing"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/wire"
)

// BenchmarkAppendPiece is what each token costs a server.
func BenchmarkAppendPiece(b *testing.B) {
	for _, f := range wire.Formats() {
		b.Run(f.String(), func(b *testing.B) {
			s := f.NewStream(head("m", 9))
			buf := make([]byte, 0, 1024)
			b.ReportAllocs()
			for b.Loop() {
				buf = s.AppendPiece(buf[:0], " token")
			}
		})
	}
}

// BenchmarkReader is what a streamed answer of 200 tokens costs a client.
func BenchmarkReader(b *testing.B) {
	tokens := make([]string, 200)
	for i := range tokens {
		tokens[i] = " token"
	}
	for _, f := range wire.Formats() {
		body := streamed(f, head("m", 9), tokens, llm.StopEnd, llm.Usage{Input: 9, Output: len(tokens)})
		b.Run(f.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := drain(f, bytes.NewReader(body)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
