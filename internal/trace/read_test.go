package trace_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/internal/trace"
)

const (
	first = `{"schema":"tailgate.trace/v1","models":[{"name":"a","price":{"input":1,"output":2}},{"name":"b","price":{"input":1,"output":2}}]}` + "\n"
	good  = `{"id":4,"due_ms":1.5,"models":[{"latency_ms":2},{"latency_ms":3,"error":"timeout","cut":true}]}` + "\n"
)

// Each damage is one error with its line.
func TestRead_damage(t *testing.T) {
	t.Parallel()
	row := func(calls string) string { return first + `{"id":0,"due_ms":0,"models":[` + calls + `]}` }
	for name, c := range map[string]struct{ text, want string }{
		"empty":            {"", "x: is empty: a trace begins with a header"},
		"only a header":    {first, "x: has no rows: nothing was recorded"},
		"no header":        {good, `x:1: is no header of a trace: it must be a JSON object with the schema "tailgate.trace/v1"`},
		"no JSON":          {"hello\n", `x:1: is no header of a trace`},
		"another schema":   {`{"schema":"tailgate.trace/v2"}`, `x:1: the schema is "tailgate.trace/v2": this version reads "tailgate.trace/v1"`},
		"no models":        {`{"schema":"tailgate.trace/v1"}`, "x:1: the header names no models"},
		"a model twice":    {strings.Replace(first, `"b"`, `"a"`, 1), `x:1: the header names the model "a" twice`},
		"a nameless model": {strings.Replace(first, `"b"`, `""`, 1), "x:1: the header has a model without a name"},
		"a negative price": {strings.Replace(first, `"input":1`, `"input":-1`, 1), `x:1: model "a": a price must not be negative`},
		"no row":           {first + good + "what\n", `x:3: is no row: '{' is missing at column 1`},
		"half a row":       {first + good[:40], "x:2: is no row"},
		"two rows in one":  {first + strings.TrimSpace(good) + good, "x:2: is no row: something stands after its end"},
		"too few models":   {row(`{"latency_ms":1}`), "x:2: has 1 models, the header names 2"},
		"too many models":  {row(`{"latency_ms":1},{"latency_ms":1},{"latency_ms":1}`), "x:2: has 3 models, the header names 2"},
		"no latency":       {row(`{"latency_ms":1},{}`), `x:2: lacks latency_ms`},
		"no id":            {first + `{"due_ms":1,"models":[]}`, "x:2: lacks id or due_ms"},
		"negative":         {row(`{"latency_ms":-1},{"latency_ms":1}`), "x:2: latency_ms: -1 must be a number of milliseconds from 0 to 3600000000"},
		"no number":        {row(`{"latency_ms":NaN},{"latency_ms":1}`), "x:2: latency_ms: NaN must be a number"},
		"late first token": {row(`{"latency_ms":1,"first_token_ms":2},{"latency_ms":1}`), "x:2: first_token_ms must not be more than latency_ms"},
		"tokens":           {row(`{"latency_ms":1,"output":1.5},{"latency_ms":1}`), "x:2: output: 1.5 must be a whole number from 0 to 1000000"},
		"kind":             {row(`{"latency_ms":1,"error":"tired"},{"latency_ms":1}`), `x:2: error: "tired" is no kind of failure`},
		"status":           {row(`{"latency_ms":1,"error":"overloaded","status":42},{"latency_ms":1}`), "x:2: status: 42 must be a whole number from 100 to 599"},
		"cut and answered": {row(`{"latency_ms":1,"cut":true},{"latency_ms":1}`), "x:2: says how it failed, and no error"},
		"prompt":           {first + strings.Replace(good, `"id"`, `"prompt":"xyz","id"`, 1), `x:2: prompt: "xyz" must be 16 hexadecimal digits`},
		"ids go back":      {first + good + good, "x:3: id 4 does not come after 4"},
		"time goes back":   {first + good + strings.NewReplacer(`"id":4`, `"id":5`, "1.5", "1.4").Replace(good), "x:3: due_ms is before that of request 4"},
		"truth":            {row(`{"latency_ms":1,"correct":"yes"},{"latency_ms":1}`), `x:2: correct: "yes" must be true or false`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := trace.Read(strings.NewReader(c.text), "x")
			var e *trace.Error
			if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("error is %v\nwant     %s", err, c.want)
			}
		})
	}
}

// A compressed file that ends too soon, or was changed, is no trace, wherever
// that happened.
func TestRead_cutOff(t *testing.T) {
	t.Parallel()
	whole := zipped(t, first+good)
	for n := 3; n < len(whole); n++ {
		if _, err := trace.Read(bytes.NewReader(whole[:n]), "x"); err == nil {
			t.Fatalf("%d of %d bytes were a trace", n, len(whole))
		}
	}
	_, err := trace.Read(bytes.NewReader(whole[:len(whole)-4]), "x")
	if err == nil || !strings.Contains(err.Error(), "it was cut off while it was written or copied") {
		t.Errorf("error is %v", err)
	}
	var long strings.Builder
	long.WriteString(first)
	for i := range 5000 {
		long.WriteString(strings.Replace(good, `"id":4`, fmt.Sprintf(`"id":%d`, i), 1))
	}
	half := zipped(t, long.String())
	_, err = trace.Read(bytes.NewReader(half[:len(half)/2]), "x")
	if err == nil || !strings.Contains(err.Error(), "it was cut off while it was written or copied") {
		t.Errorf("in the middle of a row: error is %v", err)
	}
	whole[len(whole)-6] ^= 1
	if _, err := trace.Read(bytes.NewReader(whole), "x"); err == nil || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("error is %v", err)
	}
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What other writers may do is read as well: plain text, blank lines, spaces,
// keys of the future in any order.
func TestRead_liberal(t *testing.T) {
	t.Parallel()
	text := first + "\n" + ` { "models" : [ { "new" : [{"a":"]}"}] , "latency_ms" : 2.0e0 } , {"latency_ms":3,"text":"\u00e9\"x"} ] , "more":{"x":null}, "due_ms":0, "id":0 } ` + "\n\n"
	tr, err := trace.Read(strings.NewReader(text), "x")
	if err != nil {
		t.Fatal(err)
	}
	if got := tr.Row(0).Calls; got[0].Latency != 2e6 || got[1].Text != `é"x` {
		t.Errorf("calls are %+v", got)
	}
}

func TestLoad_missing(t *testing.T) {
	t.Parallel()
	if _, err := trace.Load("nowhere.gz"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error is %v", err)
	}
}

// Whatever is read can be written, and is then read as the same.
func FuzzRead(f *testing.F) {
	f.Add(first + good)
	f.Add(first + strings.Replace(good, `"latency_ms":2`, `"text":"\n\"é","latency_ms":2,"correct":false,"first_token_ms":1e-3`, 1))
	f.Fuzz(func(t *testing.T, text string) {
		one, err := trace.Read(strings.NewReader(text), "x")
		if err != nil {
			return
		}
		var rows []trace.Row
		for i := range one.Len() {
			rows = append(rows, one.Row(i))
		}
		two := load(t, written(t, one.Header, rows...))
		if two.Len() != one.Len() {
			t.Fatalf("%d rows became %d", one.Len(), two.Len())
		}
		for i := range rows {
			for k, c := range two.Row(i).Calls {
				was := rows[i].Calls[k]
				if c.Latency != was.Latency || c.Text != was.Text || c.Usage != was.Usage || (c.Failure == nil) != (was.Failure == nil) {
					t.Fatalf("row %d: %+v became %+v", i, was, c)
				}
			}
		}
	})
}
