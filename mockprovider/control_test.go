package mockprovider_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tailgate-bench/tailgate/mockprovider"
)

// controlOf returns a control API of weather that starts without faults.
func controlOf(token string) mockprovider.Control {
	return mockprovider.Control{
		Faults:  mockprovider.NewWeather(time.Now(), nil, definitions),
		Journal: mockprovider.NewJournal(10), Token: token,
	}
}

// ctl makes a request to the handler and returns the status and the body.
func ctl(h http.Handler, method, target, body string, header ...string) (status int, text string) {
	w := ctlAnswer(h, method, target, body, header...)
	return w.Code, w.Body.String()
}

// ctlAnswer makes a request to the handler on this machine.
func ctlAnswer(h http.Handler, method, target, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:1"+target, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestControl_Faults(t *testing.T) {
	t.Parallel()
	h := controlOf("").Handler()
	for _, step := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"GET", "faults", "", 200, `{"faults":[]}`},
		{"POST", "faults", `"slow"`, 201, `"name":"slow"`},
		{"POST", "faults", `"slow"`, 409, "already"},
		{"PUT", "faults/night%20shift?ttl=90s", `"half"`, 200, `"name":"night shift"`},
		{"PUT", "faults/slow", `"later"`, 200, `"active":false`},
		{"GET", "faults/slow", "", 200, `"from_s":60,"to_s":120,"ttl_s":null,"definition":"later"`},
		{"GET", "faults", "", 200, `"night shift"`},
		{"POST", "faults", `"capacity"`, 201, `"kind":"capacity"`},
		{"POST", "faults", `"nosuch"`, 400, "no such fault"},
		{"POST", "faults", `slow`, 400, "not JSON"},
		{"POST", "faults?ttl=90", `"half"`, 400, "duration"},
		{"POST", "faults?ttl=-1s", `"half"`, 400, "more than 0"},
		{"POST", "faults?tll=1s", `"half"`, 400, `no parameter \"tll\": known are ttl`},
		{"POST", "faults", `"` + strings.Repeat("x", 70_000) + `"`, 413, "bytes"},
		{"PUT", "faults/" + strings.Repeat("x", 300), `"half"`, 400, "name"},
		{"DELETE", "faults/slow", "", 204, ""},
		{"DELETE", "faults/slow", "", 404, `no fault \"slow\"`},
		{"GET", "faults/slow", "", 404, "no fault"},
		{"POST", "reset", "", 204, ""},
		{"GET", "faults", "", 200, `{"faults":[]}`},
		{"PATCH", "faults", "", 405, `{"error":"PATCH is not allowed here, but GET, POST"}`},
		{"GET", "nosuch", "", 404, `{"error":"there is no /tailgate/v1/nosuch: see /tailgate/v1/openapi.json"}`},
		{"POST", "faults", `"long"`, 400, "longer than 200 bytes"},
	} {
		status, text := ctl(h, step.method, mockprovider.ControlPath+step.path, step.body)
		if status != step.status || !strings.Contains(text, step.says) {
			t.Errorf("%s %.40s: status %d, %s; want %d with %s", step.method, step.path, status, text, step.status, step.says)
		}
	}
}

func TestControl_Guard(t *testing.T) {
	t.Parallel()
	open, locked := controlOf("").Handler(), controlOf("secret").Handler()
	for name, c := range map[string]struct {
		h      http.Handler
		header []string
		status int
	}{
		"this machine":       {open, nil, 204},
		"localhost":          {open, []string{"Host", "LocalHost:8089"}, 204},
		"another name":       {open, []string{"Host", "evil.example"}, 403},
		"a page's request":   {open, []string{"Origin", "https://evil.example"}, 403},
		"no token":           {locked, nil, 401},
		"a wrong token":      {locked, []string{"Authorization", "Bearer secre"}, 401},
		"the token":          {locked, []string{"Authorization", "Bearer secret"}, 204},
		"the token from far": {locked, []string{"Authorization", "bearer secret", "Host", "mock.example"}, 204},
	} {
		status, text := ctl(c.h, "POST", mockprovider.ControlPath+"reset", "", c.header...)
		if status != c.status || status != 204 && !strings.HasPrefix(text, `{"error":"`) {
			t.Errorf("%s: status %d, %s; want %d", name, status, text, c.status)
		}
	}
}

func TestControl_Journal(t *testing.T) {
	t.Parallel()
	c := controlOf("")
	for _, model := range []string{"a", "b", "a"} {
		e := mockprovider.Entry{Model: model, End: "complete", Produced: 7, Cost: 0.5}
		c.Journal.Begin(&e)
		c.Journal.Finish(&e)
	}
	h := c.Handler()
	_, lines := ctl(h, "GET", "/tailgate/v1/journal?format=ndjson&after=1", "")
	if n := strings.Count(lines, "\n"); n != 2 || !strings.HasPrefix(lines, `{"seq":2,`) {
		t.Errorf("after the first: %s", lines)
	}
	if strings.Contains(lines, `"failure"`) {
		t.Errorf("an attempt that has not failed has a kind of failure: %s", lines)
	}
	_, text := ctl(h, "GET", "/tailgate/v1/journal", "")
	var whole struct{ Entries []mockprovider.Entry }
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c.Journal.Entries(0), whole.Entries); diff != "" {
		t.Error(diff)
	}
	_, text = ctl(h, "GET", "/tailgate/v1/counters", "")
	if !strings.Contains(text, `"a":{"attempts":2,"in_flight":0,"complete":2,`) || !strings.Contains(text, `"cost_usd":1}`) {
		t.Errorf("counters %s", text)
	}
	for _, query := range []string{"after=x", "after=-1", "format=xml", "since=1"} {
		if status, text := ctl(h, "GET", "/tailgate/v1/journal?"+query, ""); status != 400 {
			t.Errorf("%s gives status %d, %.80s", query, status, text)
		}
	}
}

// Weather controlled over HTTP changes what models do.
func TestControl_Live(t *testing.T) {
	t.Parallel()
	w := mockprovider.NewWeather(time.Now(), nil, definitions)
	fast := steady("m")
	fast.FirstToken, fast.PerToken = nil, nil
	fast.Latency = steady("m").OutputTokens // 11 ns
	server := mockprovider.NewServer(models(t, mockprovider.Config{Models: []mockprovider.Settings{fast}, Weather: w}))
	server.Journal = mockprovider.NewJournal(10)
	control := mockprovider.Control{Faults: w, Journal: server.Journal, OnReset: server.Restart}
	mux := http.NewServeMux()
	mux.Handle("/", server)
	mux.Handle(mockprovider.ControlPath, control.Handler())
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	do := func(method, path, body string) int {
		req, _ := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
		res, err := s.Client().Do(req)
		if err != nil {
			return 0
		}
		defer res.Body.Close()
		io.Copy(io.Discard, res.Body)
		return res.StatusCode
	}
	ask := func() int {
		return do("POST", "/v1/chat/completions", `{"model":"m","messages":[{"role":"user","content":"hi"}]}`)
	}
	got := []int{ask(), do("POST", "/tailgate/v1/faults", `"limit"`), ask(), ask(), do("DELETE", "/tailgate/v1/faults/limit", ""), ask()}
	if diff := cmp.Diff([]int{200, 201, 200, 429, 204, 200}, got); diff != "" {
		t.Error(diff)
	}
}
