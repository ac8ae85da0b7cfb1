package reports_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tailgate-bench/tailgate/reports"
)

// judged is a document with an objective of every verdict.
func judged() *reports.Document {
	d := typical().document()
	d.Objectives = append(d.Objectives,
		reports.Objective{Text: "hedge.first_token_p99 <= 1s", Verdict: "undecided", Unit: "ms", Strategies: []string{"hedge"}, Why: "needs 368 requests, has 200"},
		reports.Objective{Text: "absent.p95 <= 1s", Verdict: "undecided", Unit: "ms", Strategies: []string{"absent"}, Why: "absent.p95: it was not run"},
	)
	undecided := goal("hedge.p99 <= 4s", "undecided", "ms", 3950, 3800, 4100, 4000, "hedge")
	undecided.Why = "the interval holds the limit; more requests would decide"
	d.Objectives = append(d.Objectives, undecided)
	return d
}

func TestWriteJUnit(t *testing.T) {
	t.Parallel()
	hostile := judged()
	hostile.Objectives[0].Text, hostile.Command = "a\x00b\x1b]]>&<\"\u202e.p95 <= 1s", "tailgate run '\x07<x>'"
	none := small().document()
	none.Objectives = nil
	for name, d := range map[string]*reports.Document{"judged": judged(), "hostile": hostile, "none": none} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			must(t, reports.WriteJUnit(&b, d))
			checkJUnit(t, b.Bytes())
			golden(t, "junit.xml", b.Bytes())
		})
	}
}

// TestWriteJUnit_verdicts holds what every verdict becomes.
func TestWriteJUnit_verdicts(t *testing.T) {
	t.Parallel()
	d := judged()
	var b bytes.Buffer
	must(t, reports.WriteJUnit(&b, d))
	var got struct {
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Suites   []struct {
			Cases []struct {
				Name    string    `xml:"name,attr"`
				Failure *struct{} `xml:"failure"`
				Error   *struct{} `xml:"error"`
				Skipped *struct{} `xml:"skipped"`
				Out     string    `xml:"system-out"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	must(t, xml.Unmarshal(b.Bytes(), &got))
	failures, errs := 0, 0
	for _, s := range got.Suites {
		for _, c := range s.Cases {
			o := d.Objectives[slices.IndexFunc(d.Objectives, func(o reports.Objective) bool { return o.Text == c.Name })]
			unmeasured := o.Verdict == "undecided" && o.Value == nil && o.Strategies[0] != "absent"
			if (c.Failure != nil) != (o.Verdict == "fail") || (c.Error != nil) != unmeasured ||
				(c.Skipped != nil) != (o.Verdict == "undecided" && !unmeasured) {
				t.Errorf("%s is %s, but the case is %+v", o.Text, o.Verdict, c)
			}
			if o.Low != nil && !strings.Contains(c.Out, " to ") {
				t.Errorf("%s: the output has no interval: %q", o.Text, c.Out)
			}
			failures, errs = failures+len(present(c.Failure)), errs+len(present(c.Error))
		}
	}
	if got.Failures != failures || got.Errors != errs || failures == 0 || errs == 0 {
		t.Errorf("counts %d failures and %d errors, has %d and %d", got.Failures, got.Errors, failures, errs)
	}
}

func present[T any](p *T) []T {
	if p == nil {
		return nil
	}
	return []T{*p}
}

// junitElement says what JUnit's common schema, that of Jenkins (junit-10), allows
// in an element and demands of it; what GitLab and Ant read is the same.
type junitElement struct {
	children, required, optional []string
}

var junitSchema = map[string]junitElement{
	"testsuites": {[]string{"testsuite"}, nil, []string{"name", "time", "tests", "failures", "errors"}},
	"testsuite": {
		[]string{"testsuite", "properties", "testcase", "system-out", "system-err"},
		[]string{"name", "tests", "failures", "errors"},
		[]string{"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
	},
	"properties": {children: []string{"property"}},
	"property":   {required: []string{"name", "value"}},
	"testcase": {
		[]string{"skipped", "error", "failure", "system-out", "system-err"},
		[]string{"name"},
		[]string{"time", "classname", "group"},
	},
	"failure":    {optional: []string{"type", "message"}},
	"error":      {optional: []string{"type", "message"}},
	"skipped":    {optional: []string{"type", "message"}},
	"system-out": {},
	"system-err": {},
}

// checkJUnit checks a document against the schema, its numbers for being ones,
// and that a case has one outcome at most.
func checkJUnit(t *testing.T, data []byte) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(data))
	path := []string{""}
	outcomes := 0
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		switch x := token.(type) {
		case xml.StartElement:
			if path[len(path)-1] == "testcase" && slices.Contains([]string{"skipped", "error", "failure"}, x.Name.Local) {
				outcomes++
			}
			if err := allowed(path[len(path)-1], x); err != nil {
				t.Errorf("%s: %v", strings.Join(path, "/"), err)
			}
			path = append(path, x.Name.Local)
		case xml.EndElement:
			if x.Name.Local == "testcase" {
				if outcomes > 1 {
					t.Errorf("a case has %d outcomes", outcomes)
				}
				outcomes = 0
			}
			path = path[:len(path)-1]
		}
	}
}

func allowed(parent string, x xml.StartElement) error {
	is, known := junitSchema[x.Name.Local]
	if !known || parent != "" && !slices.Contains(junitSchema[parent].children, x.Name.Local) || parent == "" && x.Name.Local != "testsuites" {
		return fmt.Errorf("%s may not stand in %q", x.Name.Local, parent)
	}
	var names []string
	for _, a := range x.Attr {
		names = append(names, a.Name.Local)
		if !slices.Contains(is.required, a.Name.Local) && !slices.Contains(is.optional, a.Name.Local) {
			return fmt.Errorf("%s has no attribute %s", x.Name.Local, a.Name.Local)
		}
		if slices.Contains([]string{"tests", "failures", "errors", "skipped", "time"}, a.Name.Local) {
			if v, err := strconv.ParseFloat(a.Value, 64); err != nil || v < 0 {
				return fmt.Errorf("%s is %q", a.Name.Local, a.Value)
			}
		}
	}
	for _, name := range is.required {
		if !slices.Contains(names, name) {
			return fmt.Errorf("%s lacks %s", x.Name.Local, name)
		}
	}
	return nil
}
