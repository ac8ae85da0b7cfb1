package mockprovider

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/tailgate-bench/tailgate/llm"
	"github.com/tailgate-bench/tailgate/llm/draw"
)

// Item is one question of a workload.
type Item struct {
	Prompt string `json:"prompt"`
	// Answer is the right answer, where it is known.
	Answer string `json:"answer"`
	// Task names the kind of work, for routing.
	Task string `json:"task"`
	// Headers come along with the request, for routing.
	Headers map[string]string `json:"headers"`
}

// Reply says how a mock words the answer to an item whose answer is known.
type Reply uint8

// The ways to word an answer.
const (
	ReplyText Reply = iota // billing
	ReplyJSON              // {"category":"billing","confidence":0.93}
)

var replyNames = [...]string{"text", "json"}

// String returns the name of the reply, "text" or "json".
func (r Reply) String() string { return replyNames[r] }

// ParseReply finds a reply by its name.
func ParseReply(name string) (Reply, bool) {
	i := slices.Index(replyNames[:], name)
	return Reply(max(i, 0)), i >= 0
}

// Workload is what is asked. It must not be changed once in use, and is then
// safe for concurrent use.
type Workload struct {
	// Items are asked in turn, over and over; there must be at least one.
	Items []Item
	// Reply is how mocks word answers, and how Correct reads them first.
	Reply Reply
	// System is the system prompt of every request; empty means none.
	System string
	// MaxTokens limits every answer; 0 means no limit.
	MaxTokens int
	// Users is how many users ask; 0 means that requests are nobody's in
	// particular. Who asks depends on nothing but the request's number.
	Users int
}

// Request returns the request with the given number: the items in turn.
func (w *Workload) Request(id uint64) llm.Request {
	it := w.Item(id)
	r := llm.Request{ID: id, System: w.System, Prompt: it.Prompt, MaxTokens: w.MaxTokens, Task: it.Task, Header: it.Headers, Want: it.Answer}
	if w.Users > 0 {
		r.Key = "user-" + strconv.Itoa(draw.New(draw.Hash("user")).Word(id).IntN(w.Users))
	}
	return r
}

// Item returns the item that the request with the given number asks.
func (w *Workload) Item(id uint64) *Item { return &w.Items[id%uint64(len(w.Items))] }

// Correct says whether text answers the item rightly; known is false where no
// right answer is known. Case, spaces and punctuation around the answer do not
// matter, and an object's "category" counts as its answer.
func (w *Workload) Correct(text string, it *Item) (right, known bool) {
	if it.Answer == "" {
		return false, false
	}
	return same(text, it.Answer), true
}

// same says whether text gives the answer.
func same(text, answer string) bool { return normal(category(text)) == normal(answer) }

// category returns the "category" of a JSON object, and any other text as it is.
func category(text string) string {
	var object struct{ Category string }
	if strings.HasPrefix(strings.TrimSpace(text), "{") && json.Unmarshal([]byte(text), &object) == nil {
		return object.Category
	}
	return text
}

func normal(s string) string { return strings.ToLower(strings.Trim(s, " \t\r\n.!\"'`")) }

// Answers returns the different right answers of the workload, sorted.
func (w *Workload) Answers() []string {
	var all []string
	for i := range w.Items {
		if a := w.Items[i].Answer; a != "" {
			all = append(all, a)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

//go:embed workloads/*.jsonl
var workloads embed.FS

// Tickets is the name of the embedded set of support tickets, each answered by
// one of six categories.
const Tickets = "tickets"

// Tickets400 is the name of the embedded set of over 400 support tickets that
// differ in situation, length and tone, each answered by one of eight
// categories.
const Tickets400 = "tickets-400"

// Tasks is the name of the embedded set of mixed work, for routing: messages to
// classify, small questions about code with one right answer, and chat, which
// has none. Some items do not say their task.
const Tasks = "tasks"

// Embedded returns the items of the embedded workload of the given name.
func Embedded(name string) (items []Item, ok bool) {
	data, err := workloads.ReadFile("workloads/" + name + ".jsonl")
	if err != nil {
		return nil, false
	}
	items, err = ReadItems(bytes.NewReader(data), name)
	return items, err == nil
}

// maxLine is the longest line of a workload file in bytes.
const maxLine = 4 << 20

// ReadItems reads items from JSON lines: {"prompt", "answer"?, "task"?} each;
// blank lines are skipped. Its error names every bad line as name:line.
func ReadItems(r io.Reader, name string) ([]Item, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	var items []Item
	var problems []error
	n := 0
	for lines.Scan() {
		n++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		it, err := parseItem(line)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s:%d: %w", name, n, err))
		}
		items = append(items, it)
	}
	if err := lines.Err(); err != nil {
		problems = append(problems, fmt.Errorf("%s:%d: %w", name, n+1, err))
	}
	if len(items) == 0 && problems == nil {
		problems = append(problems, fmt.Errorf("%s: has no items", name))
	}
	return items, errors.Join(problems...)
}

func parseItem(line []byte) (it Item, err error) {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&it); err != nil {
		return it, err
	}
	if dec.More() {
		return it, errors.New("more than one value on a line")
	}
	if strings.TrimSpace(it.Prompt) == "" {
		return it, errors.New("prompt: must not be empty")
	}
	return it, nil
}
