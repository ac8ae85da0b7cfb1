package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
)

// The mock serves all three formats at the address it prints, until it is
// stopped.
func TestMock(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	base, code := launch(ctx, t, io.Discard, "mock", "steady", "--addr", "127.0.0.1:0", "--time-scale", "1000")
	model := firstModel(t, base)
	for path, body := range map[string]string{
		"/v1/chat/completions": `{"model":"` + model + `","messages":[{"role":"user","content":"hi"}]}`,
		"/v1/messages":         `{"model":"` + model + `","max_tokens":64,"messages":[{"role":"user","content":"hi"}]}`,
		"/v1beta/models/" + model + ":generateContent": `{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}`,
	} {
		if status, text := post(t, base+path, body); status != http.StatusOK || !strings.Contains(text, `"text":`) && !strings.Contains(text, `"content":`) {
			t.Errorf("%s: status %d, %s", path, status, text)
		}
	}
	if status, _ := post(t, base+"/v1/chat/completions", `{"model":"nosuch","messages":[]}`); status != http.StatusNotFound && status != http.StatusBadRequest {
		t.Errorf("an unknown model gives status %d", status)
	}
	stop()
	if got := <-code; got != exitGood {
		t.Errorf("exit code %d, want %d", got, exitGood)
	}
}

// startMock runs tailgate mock until the test ends and returns where it is and
// what it says on stderr.
func startMock(t *testing.T, args ...string) (base string, says *bytes.Buffer) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	says = new(bytes.Buffer)
	base, code := launch(ctx, t, says, append([]string{"mock"}, args...)...)
	t.Cleanup(func() { stop(); <-code })
	return base, says
}

// send makes a request and returns the status and the body.
func send(t *testing.T, method, url, body string, header ...string) (status int, text string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := new(http.Client).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// The scenario's faults are there to be changed while the mock runs, in its own
// words, and the journal tells what was asked.
func TestMock_Control(t *testing.T) {
	t.Parallel()
	base, _ := startMock(t, "primary-outage", "--addr", "127.0.0.1:0", "--speed", "1000")
	model := firstModel(t, base)
	control := base + "/tailgate/v1/"
	for _, step := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"GET", "faults", "", 200, `"name":"outage"`},
		{"GET", "faults/outage", "", 200, `"definition":{"name":"outage","on":"` + model + `","from":"2m","to":"5m",`},
		{"PUT", "faults/broken?ttl=1h", `{"on": "` + model + `", "status": {"code": 418}}`, 200, `"name":"broken"`},
		{"POST", "faults", `{"on": "nosuch", "hang": {}}`, 400, "unknown model"},
		{"POST", "faults", `{"hang": {}, "capacity": {"concurrency": 1}}`, 400, "more than one kind"},
	} {
		if status, text := send(t, step.method, control+step.path, step.body); status != step.status || !strings.Contains(text, step.says) {
			t.Errorf("%s %s: status %d, %s", step.method, step.path, status, text)
		}
	}
	ask := `{"model":"` + model + `","messages":[{"role":"user","content":"hi"}]}`
	if status, _ := send(t, "POST", base+"/v1/chat/completions", ask); status != 418 {
		t.Errorf("a broken model answers with status %d", status)
	}
	if _, text := send(t, "GET", control+"journal?format=ndjson", ""); !strings.Contains(text, `"status":418`) {
		t.Errorf("journal %s", text)
	}
	if status, text := send(t, "PUT", control+"faults/room", `{"capacity": {"concurrency": 1, "queue": 3}}`); status != 200 || !strings.Contains(text, `"kind":"capacity","on":["`) {
		t.Errorf("a capacity at run time: status %d, %s", status, text)
	}
	if status, _ := send(t, "POST", control+"reset", ""); status != 204 {
		t.Errorf("a reset gives status %d", status)
	}
	if _, text := send(t, "GET", control+"faults", ""); strings.Contains(text, "broken") || !strings.Contains(text, `"name":"outage"`) {
		t.Errorf("after a reset there are %s", text)
	}
}

// Beyond loopback there is no control API without a token, and the mock works
// all the same.
func TestMock_ControlNeedsToken(t *testing.T) {
	t.Setenv("TAILGATE_TEST_TOKEN", "secret")
	open, says := startMock(t, "steady", "--addr", "0.0.0.0:0", "--speed", "1000")
	if !strings.Contains(says.String(), "no control API") {
		t.Errorf("it says %q", says)
	}
	_, port, _ := strings.Cut(strings.TrimPrefix(open, "http://["), "]:")
	if port == "" {
		port = open[strings.LastIndex(open, ":")+1:]
	}
	open = "http://127.0.0.1:" + port
	if status, _ := send(t, "GET", open+"/tailgate/v1/faults", ""); status != 404 {
		t.Errorf("without a token the status is %d", status)
	}
	firstModel(t, open)
	locked, _ := startMock(t, "steady", "--addr", "127.0.0.1:0", "--control-token-env", "TAILGATE_TEST_TOKEN")
	if status, _ := send(t, "GET", locked+"/tailgate/v1/faults", ""); status != 401 {
		t.Errorf("with a token and without saying it the status is %d", status)
	}
	if status, _ := send(t, "GET", locked+"/tailgate/v1/faults", "", "Authorization", "Bearer secret"); status != 200 {
		t.Errorf("with the token the status is %d", status)
	}
	firstModel(t, locked) // the models need no token
	if code := runAlone(t, io.Discard, io.Discard, "mock", "--addr", "127.0.0.1:0", "--control-token-env", "TAILGATE_TEST_NO_TOKEN"); code != exitUsage {
		t.Errorf("an empty token gives exit code %d, want %d", code, exitUsage)
	}
}

// firstModel asks which models there are.
func firstModel(t *testing.T, base string) string {
	t.Helper()
	_, text := send(t, http.MethodGet, base+"/v1/models", "")
	_, rest, ok := strings.Cut(text, `"id":"`)
	if !ok {
		t.Fatalf("no model in %s", text)
	}
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

func post(t *testing.T, url, body string) (status int, text string) {
	t.Helper()
	return send(t, http.MethodPost, url, body)
}

func do(t *testing.T, req *http.Request) string {
	t.Helper()
	res, err := new(http.Client).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
