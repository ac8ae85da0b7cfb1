package mockprovider

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FaultSet is a set of faults that a [Control] can change. All methods must be
// safe for concurrent use.
type FaultSet interface {
	// Faults returns the faults in the order in which they are applied.
	Faults() []StandingFault
	// PutFault adds the fault that the definition describes, for the time ttl
	// or, if that is 0, for good. With a name it is known by it and takes the
	// place of the fault that is; without, the definition names it, and a fault
	// of that name must not be there.
	PutFault(name string, definition []byte, ttl time.Duration) (StandingFault, error)
	// RemoveFault removes a fault; it returns false if there is none of the name.
	RemoveFault(name string) bool
	// Reset makes the faults those of the beginning.
	Reset()
}

// StandingFault is a fault as a [Control] shows it. Times are in seconds.
type StandingFault struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	// On names the models hit; none means all.
	On []string `json:"on,omitempty"`
	// Active says that its window is open now.
	Active bool `json:"active"`
	// Age is how long ago it was put; From and To count from there.
	Age  float64  `json:"age_s"`
	From float64  `json:"from_s"`
	To   *float64 `json:"to_s"`
	// TTL is the time until it is removed; nil means never.
	TTL *float64 `json:"ttl_s"`
	// Definition is what was put, or what the scenario says; nil for a fault of
	// the beginning that was made in Go.
	Definition json.RawMessage `json:"definition,omitempty"`
}

// ControlPath is what the paths of the control API begin with.
const ControlPath = "/tailgate/v1/"

// Control is the control API: faults, counters and the journal as JSON over
// HTTP, described by the OpenAPI document it serves. It is an [http.Handler]
// for [ControlPath].
//
// Without a token it answers only requests that were made to a loopback address
// by name and not by a web page, so that a page in a browser on the same machine
// cannot use it; whoever serves it to other machines must set a token.
type Control struct {
	// Faults are what is changed. It must not be nil.
	Faults FaultSet
	// Journal is what is read; nil has no entries.
	Journal *Journal
	// Token, if not empty, is the bearer token that every request must carry.
	Token string
	// OnReset, if not nil, is called when everything is reset.
	OnReset func()
}

//go:embed openapi.json
var openAPI []byte

// route is one operation of the control API.
type route struct {
	method, path string
	serve        func(c *Control, w http.ResponseWriter, r *http.Request)
}

// routes returns every operation.
func routes() []route {
	return []route{
		{http.MethodGet, "faults", (*Control).listFaults},
		{http.MethodPost, "faults", (*Control).addFault},
		{http.MethodGet, "faults/{name}", (*Control).getFault},
		{http.MethodPut, "faults/{name}", (*Control).putFault},
		{http.MethodDelete, "faults/{name}", (*Control).removeFault},
		{http.MethodGet, "counters", (*Control).counters},
		{http.MethodGet, "journal", (*Control).journal},
		{http.MethodPost, "reset", (*Control).reset},
		{http.MethodGet, "openapi.json", (*Control).openAPI},
	}
}

// Handler returns the control API as a handler that also guards it.
func (c Control) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range routes() {
		mux.HandleFunc(r.method+" "+ControlPath+r.path, func(w http.ResponseWriter, req *http.Request) { r.serve(&c, w, req) })
	}
	mux.HandleFunc(ControlPath, func(w http.ResponseWriter, r *http.Request) { unknown(mux, w, r) })
	return c.guard(mux)
}

// unknown answers a request that there is no operation for.
func unknown(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		if _, pattern := mux.Handler(&http.Request{Method: method, Host: r.Host, URL: r.URL}); pattern != ControlPath {
			allowed = append(allowed, method)
		}
	}
	if allowed == nil {
		problem(w, http.StatusNotFound, "there is no %s: see %sopenapi.json", r.URL.Path, ControlPath)
		return
	}
	list := strings.Join(allowed, ", ")
	w.Header().Set("Allow", list)
	problem(w, http.StatusMethodNotAllowed, "%s is not allowed here, but %s", r.Method, list)
}

func (c *Control) listFaults(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, struct {
		Faults []StandingFault `json:"faults"`
	}{c.Faults.Faults()})
}

// find returns the fault of the name.
func (c *Control) find(name string) (StandingFault, bool) {
	for _, f := range c.Faults.Faults() {
		if f.Name == name {
			return f, true
		}
	}
	return StandingFault{}, false
}

func (c *Control) getFault(w http.ResponseWriter, r *http.Request) {
	f, ok := c.find(r.PathValue("name"))
	if !ok {
		noFault(w, r)
		return
	}
	answer(w, http.StatusOK, f)
}

func noFault(w http.ResponseWriter, r *http.Request) {
	problem(w, http.StatusNotFound, "there is no fault %q", r.PathValue("name"))
}

func (c *Control) addFault(w http.ResponseWriter, r *http.Request) {
	c.put(w, r, "", http.StatusCreated)
}

func (c *Control) putFault(w http.ResponseWriter, r *http.Request) {
	c.put(w, r, r.PathValue("name"), http.StatusOK)
}

// maxDefinition limits the definition of a fault, in bytes.
const maxDefinition = 64 << 10

// put puts the fault in the body.
func (c *Control) put(w http.ResponseWriter, r *http.Request, name string, status int) {
	ttl, err := ttl(r)
	if err != nil {
		problem(w, http.StatusBadRequest, "%v", err)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDefinition))
	if err != nil {
		problem(w, http.StatusRequestEntityTooLarge, "the fault cannot be read, or has more than %d bytes", maxDefinition)
		return
	}
	if !json.Valid(body) {
		problem(w, http.StatusBadRequest, `the body is not JSON: write a fault such as {"on": "MODEL", "outage": {}}`)
		return
	}
	f, err := c.Faults.PutFault(name, body, ttl)
	switch {
	case errors.Is(err, ErrFaultExists), errors.Is(err, ErrTooManyFaults):
		problem(w, http.StatusConflict, "%v", err)
	case err != nil:
		problem(w, http.StatusBadRequest, "%v", err)
	default:
		answer(w, status, f)
	}
}

// ttl reads the parameter "ttl"; 0 means that there is none.
func ttl(r *http.Request) (time.Duration, error) {
	if err := knows(r, "ttl"); err != nil {
		return 0, err
	}
	text := r.URL.Query().Get("ttl")
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("ttl is %q: must be a duration such as 90s or 5m, more than 0", text)
	}
	return d, nil
}

// knows returns an error for a parameter of the query that is none of the given:
// a fault with a misspelt ttl would stay for good.
func knows(r *http.Request, parameters ...string) error {
	for _, name := range slices.Sorted(maps.Keys(r.URL.Query())) {
		if !slices.Contains(parameters, name) {
			return fmt.Errorf("there is no parameter %q: known are %s", name, strings.Join(parameters, " and "))
		}
	}
	return nil
}

func (c *Control) removeFault(w http.ResponseWriter, r *http.Request) {
	if !c.Faults.RemoveFault(r.PathValue("name")) {
		noFault(w, r)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (c *Control) counters(w http.ResponseWriter, _ *http.Request) {
	models := map[string]Counters{}
	if c.Journal != nil {
		models = c.Journal.Counters()
	}
	answer(w, http.StatusOK, struct {
		Models map[string]Counters `json:"models"`
	}{models})
}

// journal writes the entries after the one that the parameter "after" names, as
// a JSON object or, on demand, one a line.
func (c *Control) journal(w http.ResponseWriter, r *http.Request) {
	if err := knows(r, "after", "format"); err != nil {
		problem(w, http.StatusBadRequest, "%v", err)
		return
	}
	after, err := strconv.ParseUint(cmp.Or(r.URL.Query().Get("after"), "0"), 10, 63)
	if err != nil {
		problem(w, http.StatusBadRequest, "after is %q: must be the number of an entry", r.URL.Query().Get("after"))
		return
	}
	format := r.URL.Query().Get("format")
	if format != "" && format != "json" && format != "ndjson" {
		problem(w, http.StatusBadRequest, "format is %q: must be json or ndjson", format)
		return
	}
	entries := []Entry{}
	if c.Journal != nil {
		entries = c.Journal.Entries(after)
	}
	if format != "ndjson" && (format != "" || r.Header.Get("Accept") != "application/x-ndjson") {
		answer(w, http.StatusOK, struct {
			Entries []Entry `json:"entries"`
		}{entries})
		return
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	lines := json.NewEncoder(w)
	for i := range entries {
		if lines.Encode(&entries[i]) != nil {
			return // the client has gone
		}
	}
}

func (c *Control) reset(w http.ResponseWriter, _ *http.Request) {
	c.Faults.Reset()
	if c.Journal != nil {
		c.Journal.Reset()
	}
	if c.OnReset != nil {
		c.OnReset()
	}
	w.WriteHeader(http.StatusNoContent)
}

func (*Control) openAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(openAPI)
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The connection is the only thing that can fail, and is the client's.
	_ = json.NewEncoder(w).Encode(v)
}

// problem writes what is wrong with a request.
func problem(w http.ResponseWriter, status int, format string, args ...any) {
	answer(w, status, struct {
		Error string `json:"error"`
	}{fmt.Sprintf(format, args...)})
}
