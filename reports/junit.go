package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// The elements of JUnit's XML, as Jenkins, GitLab and the actions of GitHub read
// them.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name       string          `xml:"name,attr"`
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"` // of the load, in seconds
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Class   string     `xml:"classname,attr"`
		Name    string     `xml:"name,attr"`
		Time    string     `xml:"time,attr"`
		Skipped *junitNote `xml:"skipped"`
		Error   *junitNote `xml:"error"`
		Failure *junitNote `xml:"failure"`
		Out     string     `xml:"system-out"`
	}
	junitNote struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
	}
)

// WriteJUnit writes the objectives as JUnit XML: a suite per judged strategy, a
// test case per objective. One that is missed is a failure, one that could not
// be evaluated an error, one that is undecided, or whose strategy was not run,
// is skipped. The output of each has the measured value and its interval.
func WriteJUnit(w io.Writer, d *Document) error {
	out := junitSuites{Name: "tailgate " + clean(d.Scenario.Name)}
	for _, o := range d.Objectives {
		out.suite(o.judged(), d.junitSuite).add(o.junitCase(d))
	}
	return out.write(w)
}

// suite returns the suite of that name, made by create if there is none.
func (s *junitSuites) suite(name string, create func(name string) junitSuite) *junitSuite {
	i := slices.IndexFunc(s.Suites, func(x junitSuite) bool { return x.Name == name })
	if i < 0 {
		i = len(s.Suites)
		s.Suites = append(s.Suites, create(name))
	}
	return &s.Suites[i]
}

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

func (s *junitSuites) write(w io.Writer) error {
	for i := range s.Suites {
		s.Tests, s.Failures, s.Errors = s.Tests+s.Suites[i].Tests, s.Failures+s.Suites[i].Failures, s.Errors+s.Suites[i].Errors
	}
	data, err := xml.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit: %w", err)
	}
	_, err = io.WriteString(w, xml.Header+string(data)+"\n")
	return err
}

func (d *Document) junitSuite(strategy string) junitSuite {
	s := junitSuite{Name: strategy, Time: strconv.FormatFloat(d.Scenario.DurationMS/1000, 'f', 3, 64)}
	if one := d.find(strategy); one != nil {
		s.property("requests", strconv.Itoa(one.Requests))
	}
	s.property("seed", strconv.FormatUint(d.Seed, 10))
	s.property("clock", d.Clock)
	s.property("version", d.Tool.Version)
	s.property("command", d.Command)
	if d.Interrupted {
		s.property("interrupted", partial(d))
	}
	return s
}

func (s *junitSuite) property(name, value string) {
	s.Properties = append(s.Properties, junitProperty{name, clean(value)})
}

func (o Objective) junitCase(d *Document) junitCase {
	c := junitCase{Class: junitClass(d.Scenario.Name, o.judged()), Name: clean(o.Text), Time: "0", Out: o.Reading()}
	absent := slices.DeleteFunc(slices.Clone(o.Strategies), func(name string) bool { return d.find(name) != nil })
	switch {
	case o.Verdict == pass:
	case o.Verdict == fail:
		c.Failure = &junitNote{"missed", c.Out}
	case len(absent) > 0:
		c.Skipped = &junitNote{"not run", clean(strings.Join(absent, ", ")) + " was not run"}
	case o.Value == nil:
		c.Error = &junitNote{"not evaluated", c.Out}
	default:
		c.Skipped = &junitNote{"undecided", c.Out}
	}
	return c
}

// junitClass names a class as viewers group them, by the dots.
func junitClass(parts ...string) string {
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(clean(p), ".", "_")
	}
	return "tailgate." + strings.Join(parts, ".")
}

// WriteComparisonJUnit writes the changes as JUnit XML: a suite per strategy, a
// test case per metric. A regression is a failure, a change that could not be
// tested is skipped.
func WriteComparisonJUnit(w io.Writer, c *Comparison) error {
	out := junitSuites{Name: "tailgate compare " + clean(c.New.Scenario)}
	for i := range c.Changes {
		x := &c.Changes[i]
		out.suite(x.Strategy, c.junitSuite).add(x.junitCase(c.New.Scenario))
	}
	return out.write(w)
}

func (c *Comparison) junitSuite(strategy string) junitSuite {
	s := junitSuite{Name: strategy, Time: "0"}
	s.property("old", c.Old.Path)
	s.property("new", c.New.Path)
	s.property("how", c.how())
	return s
}

func (x *Change) junitCase(scenario string) junitCase {
	c := junitCase{Class: junitClass(scenario, x.Strategy), Name: x.Metric, Time: "0", Out: x.sentence()}
	switch {
	case x.Regression:
		c.Failure = &junitNote{"regression", c.Out}
	case x.Verdict == NotTested:
		c.Skipped = &junitNote{"not tested", join(c.Out, clean(x.Delta.Why))}
	}
	return c
}
