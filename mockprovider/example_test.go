package mockprovider_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/mockprovider"
	"github.com/tailgate-bench/tailgate/mockprovider/fault"
)

// A plan says what will happen without anything happening: here, which of the
// first twenty requests a fault hits.
func ExampleModel_Plan() {
	settings, _ := mockprovider.Preset("gpt-4.1-mini")
	models, err := mockprovider.NewModels(mockprovider.Config{
		Seed:   1,
		Models: []mockprovider.Settings{settings},
		Faults: []fault.Window{{Name: "brownout", Probability: 0.2, Fault: fault.Status{Code: 503}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	var p fault.Plan
	for id := range uint64(20) {
		models[0].Plan(&p, &llm.Request{ID: id, Prompt: "Where is my parcel?"}, 0, time.Minute)
		if p.End == fault.EndFail {
			fmt.Println(id, p.Failure)
		}
	}
	// Output:
	// 6 overloaded (status 503): Service Unavailable
	// 9 overloaded (status 503): Service Unavailable
	// 13 overloaded (status 503): Service Unavailable
}

// A server is an http.Handler for the vendors' own clients.
func ExampleNew() {
	mock, err := mockprovider.New(mockprovider.Config{
		Models: mockprovider.Presets(),
		Faults: []fault.Window{{On: []string{"claude-haiku-4-5"}, Fault: fault.Status{Code: 529, After: time.Millisecond}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	srv := httptest.NewServer(mock)
	defer srv.Close()

	resp, err := srv.Client().Post(srv.URL+"/v1/messages", "application/json", strings.NewReader(
		`{"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hello"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.StatusCode, resp.Header.Get("X-Should-Retry"))
	// Output: 529 true
}
