package scenarios

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tailgate-bench/tailgate/internal/objective"
)

// reader reads one file. It knows the names the file defines before anything
// else is read, so that whatever refers to them can be checked on the spot.
type reader struct {
	file string
	// open opens a file that the scenario refers to.
	open func(name string) (fs.File, error)
	errs []*Error

	models     []string
	anyModel   bool // models are not known: take every name
	strategies []string
	faults     []string
	calls      []call            // which strategy has which other as a target
	tapes      tapes             // the traces it refers to
	trials     map[string]*Trial // how A/B tests are judged, by the path of their settings
}

// Load reads a scenario: an embedded one if name is one of [List], else the
// file of that name. To read a file with the name of an embedded one write
// ./name. The error is always an [*Errors].
func Load(name string) (*Scenario, error) {
	if data, err := embedded.ReadFile(embeddedPath(name)); err == nil {
		s, errs := read(name+".yaml", data, func(file string) (fs.File, error) { return embedded.Open(path.Join(embeddedDir, file)) }, nil)
		return s, asError(errs)
	}
	data, errs := readFile(name)
	if errs != nil {
		return nil, errs
	}
	return Parse(name, data)
}

// Parse reads a scenario from data. Files that it refers to are looked for
// beside filename. The error is always an [*Errors].
func Parse(filename string, data []byte) (*Scenario, error) {
	s, errs := read(filename, data, func(file string) (fs.File, error) {
		if !filepath.IsAbs(file) {
			file = filepath.Join(filepath.Dir(filename), file)
		}
		return os.Open(file)
	}, nil)
	return s, asError(errs)
}

// asError avoids an error that holds a nil pointer.
func asError(errs *Errors) error {
	if errs == nil {
		return nil
	}
	return errs
}

// readFile reads at most a little more than a scenario may have.
func readFile(name string) ([]byte, *Errors) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, whole(name, "%s", unknown("scenario, and no file of that name", name, List()))
	}
	if err != nil {
		return nil, whole(name, "cannot be opened: %v", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, whole(name, "is a directory: name a scenario file in it, or an embedded scenario")
	}
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, whole(name, "cannot be read: %v", err)
	}
	return data, nil
}

// read reads the scenario in data. What is not a strategy is taken over from
// another scenario, which is the same there, unless from is nil.
func read(file string, data []byte, open func(string) (fs.File, error), from *Scenario) (*Scenario, *Errors) {
	root, errs := parse(file, data)
	if errs != nil {
		return nil, errs
	}
	r := &reader{file: file, open: open, trials: make(map[string]*Trial)}
	top := value{r: r, node: root}
	s := r.scenario(top, from)
	s.Source, s.origin = string(data), origin{file: file, open: open}
	if s.Name == "" {
		s.Name = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	}
	if len(r.errs) > 0 {
		return nil, sorted(r.errs)
	}
	return s, nil
}

// scenario reads the whole file, or only what stands beside models, faults,
// load and workload if there is another scenario to take them from.
func (r *reader) scenario(top value, from *Scenario) *Scenario {
	r.collect(top)
	s := &Scenario{Seed: 1, Load: defaultLoad(), Workload: defaultWorkload(), Billing: Billing{Cancelled: Produced}}
	sections := fields{
		"name":       func(v value) { s.Name = v.string() },
		"about":      func(v value) { s.About = strings.TrimSpace(v.string()) },
		"seed":       func(v value) { s.Seed = v.seed() },
		"load":       func(v value) { s.Load = readLoad(v) },
		"workload":   func(v value) { s.Workload = readWorkload(v) },
		"models":     func(v value) { s.Models = readModels(v) },
		"faults":     func(v value) { s.Faults = readFaults(v) },
		"strategies": func(v value) { s.Strategies = readStrategies(v) },
		"baseline":   func(v value) { s.Baseline = v.choice("strategy", r.strategies...) },
		"objectives": func(v value) { s.Objectives = readObjectives(v) },
		"billing":    func(v value) { s.Billing = readBilling(v) },
	}
	if from != nil {
		s.Load, s.Workload, s.Models, s.Faults = from.Load, from.Workload, from.Models, from.Faults
		for _, same := range []string{"load", "workload", "models", "faults"} {
			sections[same] = func(value) {}
		}
	}
	found := top.object(sections)
	top.need(found, "models", "strategies")
	r.resolve(&s.Load, found["load"])
	if s.Real() && len(s.Faults) > 0 {
		found["faults"].fail("cannot befall real models: put tailgate proxy with these faults in front of them, and give its address as their base_url")
	}
	if s.Baseline == "" && len(s.Strategies) > 0 {
		s.Baseline = s.Strategies[0].Name
	}
	return s
}

// collect finds the names that the file defines. What is wrong with the places
// they stand in is left to those who read them.
func (r *reader) collect(top value) {
	quiet := value{r: &reader{file: r.file}, node: top.node}
	for _, section := range quiet.entries("a mapping") {
		switch section.key {
		case "models":
			r.models = names(section.value)
		case "strategies":
			r.strategies = names(section.value)
		case "faults":
			if section.isList() {
				r.faults = faultNames(section.list("faults"))
			}
		}
	}
}

func names(section value) []string {
	var all []string
	for _, e := range section.entries("a mapping") {
		all = append(all, e.key)
	}
	return all
}

// name checks the name of a strategy or fault.
func (v value) name() {
	if text, ok := scalar(v.node); ok && !objective.Valid(text) {
		v.fail("cannot be a name: it must be a letter, then letters, digits, hyphens and underscores, so that objectives can refer to it")
	}
}

// maxAttachment limits the files that a scenario refers to, in bytes.
const maxAttachment = 64 << 20

// attachment reads a file that the scenario refers to.
func (v value) attachment(name string) ([]byte, bool) {
	data, err := v.r.attachment(name)
	if err != nil {
		v.fail("%v", err)
	}
	return data, err == nil
}

func (r *reader) attachment(name string) ([]byte, error) {
	f, err := r.open(name)
	if err != nil {
		return nil, fmt.Errorf("cannot be opened as a file: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("cannot be read: %w", err)
	case !info.Mode().IsRegular():
		return nil, errors.New("is not a regular file")
	case info.Size() > maxAttachment:
		return nil, fmt.Errorf("is a file of %d bytes: at most %d are allowed", info.Size(), maxAttachment)
	}
	return io.ReadAll(io.LimitReader(f, maxAttachment))
}

// oneOrMore reads a name or a list of names, each through item.
func (v value) oneOrMore(what string, item func(value)) {
	if !v.isList() {
		item(v)
		return
	}
	items := v.list(what)
	if len(items) == 0 {
		v.fail("must not be empty: leave the key out, or name %s", what)
	}
	for _, it := range items {
		item(it)
	}
}

// known reads a name that must be among names.
func (v value) known(what string, names []string) string {
	text, ok := v.text("the name of a " + what)
	if ok && !slices.Contains(names, text) {
		v.fail("%s", unknown(what, text, names))
	}
	return text
}
