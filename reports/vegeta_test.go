package reports_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/tailgate-bench/tailgate/reports"
)

// TestWriteVegeta lets vegeta's own code find the encoding, read the results and
// make a report of them. Module interop plots them too.
func TestWriteVegeta(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	for _, attack := range []string{"single", "hedge"} {
		for i := range 50 {
			hit := reports.Hit{
				Attack: attack, Seq: uint64(i), Due: time.Unix(0, 0).Add(time.Duration(i) * 100 * time.Millisecond),
				Latency: time.Duration(i+1) * time.Millisecond,
			}
			if i%10 == 9 {
				hit.Error = "rate_limited"
			}
			must(t, reports.WriteVegeta(&b, hit))
		}
	}
	decode := vegeta.DecoderFor(&b)
	if decode == nil {
		t.Fatal("vegeta does not know the encoding")
	}
	var m vegeta.Metrics
	for {
		var r vegeta.Result
		err := decode(&r)
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		m.Add(&r)
	}
	m.Close()
	if m.Requests != 100 || m.Success != 0.9 || m.Latencies.Max != 50*time.Millisecond || len(m.Errors) != 1 || m.StatusCodes["0"] != 10 {
		t.Errorf("vegeta reports %+v", m)
	}
}
