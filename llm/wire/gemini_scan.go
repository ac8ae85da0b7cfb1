package wire

// The scan methods read what the tags of their types say, in the same names in
// lower case; FuzzScanner holds the two against each other.

func (a *geminiAnswer) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "candidates":
			each(s, &a.Candidates)
		case "promptfeedback", "error":
			s.absent()
		case "usagemetadata":
			one(s, &a.Usage)
		case "modelversion":
			s.string(&a.Model)
		case "responseid":
			s.string(&a.ID)
		default:
			s.skip()
		}
	}
}

func (c *geminiCandidate) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "content":
			one(s, &c.Content)
		case "finishreason":
			s.string(&c.FinishReason)
		case "index":
			s.int(&c.Index)
		default:
			s.skip()
		}
	}
}

func (c *geminiContent) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "parts":
			each(s, &c.Parts)
		case "role":
			s.string(&c.Role)
		default:
			s.skip()
		}
	}
}

func (p *geminiPart) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "text":
			s.string(&p.Text)
		case "thought":
			s.bool(&p.Thought)
		default:
			s.skip()
		}
	}
}

func (u *geminiUsage) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "prompttokencount":
			s.int(&u.Prompt)
		case "candidatestokencount":
			s.int(&u.Candidates)
		case "tooluseprompttokencount":
			s.int(&u.ToolUse)
		case "thoughtstokencount":
			s.int(&u.Thoughts)
		case "totaltokencount":
			s.int(&u.Total)
		case "prompttokensdetails":
			each(s, &u.Details)
		default:
			s.skip()
		}
	}
}

func (c *geminiCount) scan(s *scanner) {
	for key := range s.object {
		switch string(key) {
		case "modality":
			s.string(&c.Modality)
		case "tokencount":
			s.int(&c.Tokens)
		default:
			s.skip()
		}
	}
}
