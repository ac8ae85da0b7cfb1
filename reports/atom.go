package reports

import (
	"crypto/sha256"
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// mostEntries is how many changes a feed has, the latest of each history.
const mostEntries = 50

// The elements of RFC 4287 that a feed has, in the order in which they are
// written.
type (
	atomFeed struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Author  string      `xml:"author>name"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	}
	atomEntry struct {
		ID      string     `xml:"id"`
		Title   string     `xml:"title"`
		Updated string     `xml:"updated"`
		Links   []atomLink `xml:"link"`
		Summary string     `xml:"summary"`
	}
)

// WriteFeed writes an Atom feed (RFC 4287) with an entry for every run whose
// verdict is another than that of the run before it, the latest first; the first
// run of a history has one, too. The ID of an entry is made of the scenario's
// name, its clock and the run's label, so it stays what it is as long as they do.
//
// Atom demands a date. A run without one has the first second of 1970 that is
// its number in the history, which keeps the order and deceives nobody.
func WriteFeed(w io.Writer, s *Site) error {
	feed := atomFeed{ID: atomID("site", s.Title), Title: s.Title, Author: "tailgate", Links: []atomLink{
		{"self", "application/atom+xml", SiteFeed}, {"alternate", "text/html", SiteIndex},
	}}
	for i := range s.Histories {
		feed.Entries = append(feed.Entries, entries(&s.Histories[i])...)
	}
	slices.SortStableFunc(feed.Entries, func(a, b atomEntry) int { return strings.Compare(b.Updated, a.Updated) })
	feed.Updated = atomTime(time.Time{}, 0)
	if len(feed.Entries) > 0 {
		feed.Updated = feed.Entries[0].Updated
	}
	data, err := xml.MarshalIndent(feed, "", " ")
	if err != nil {
		return fmt.Errorf("write feed: %w", err)
	}
	_, err = unturned.WriteString(w, xml.Header+string(data)+"\n")
	return err
}

// entries are the changes of a history, the latest first.
func entries(h *History) (all []atomEntry) {
	for i := range slices.Backward(h.Runs) {
		if !h.changed(i) {
			continue
		}
		r := &h.Runs[i]
		all = append(all, atomEntry{
			ID: atomID(h.Scenario, h.Clock, r.Label), Title: h.Name() + ": " + r.Report.Verdict.Headline,
			Updated: atomTime(r.Date, i), Links: []atomLink{{"alternate", "text/html", h.Dir + "/" + r.Page}}, Summary: h.summary(i),
		})
		if len(all) == mostEntries {
			break
		}
	}
	return all
}

// summary says what is new.
func (h *History) summary(i int) string {
	r := &h.Runs[i]
	text := fmt.Sprintf("%s: %s. %s", r.Label, standingOf(r.Report).Word, r.Report.Verdict.Detail)
	if i == 0 {
		return text + " This is the first run."
	}
	before := &h.Runs[i-1]
	return text + fmt.Sprintf(" Before, in %s: %s %s.", before.Label, before.Report.Verdict.Headline, capital(standingOf(before.Report).Word))
}

func atomTime(date time.Time, i int) string {
	if date.IsZero() {
		date = time.Unix(int64(i), 0)
	}
	return date.UTC().Format(time.RFC3339)
}

// atomID makes a URN of a name: a UUID of version 8 (RFC 9562), of the SHA-256 of
// its parts.
func atomID(parts ...string) string {
	sum := sha256.Sum256([]byte("tailgate\x00" + strings.Join(parts, "\x00")))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
