package retail

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// The scenarios in testdata/scenarios are the rules as a shopkeeper reads them. A paragraph is a scenario; the remark at its
// head names it. What a paragraph without any "do" gives, all those below it in the file are given too.
//
//	given  what is so before, or was done
//	do     what somebody wants, then at least two spaces, and what becomes of it: ok, stale, or the reason of a refusal;
//	       after that what is answered, as name=value
//	at     +30m, or a day: the clock goes on
//	then   what must be so
//
// Indented lines belong to the line above. After every step the whole shop is audited.

// scenario is one paragraph of a file.
type scenario struct {
	file, title string
	steps       []step
}

// step is one line of a scenario, with what is indented below it.
type step struct {
	line                   int
	keyword, text, outcome string
	facts                  []string
	below                  []string
}

var (
	stepLine = regexp.MustCompile(`^(given|do|at|then)\s+(\S.*)$`)
	gap      = regexp.MustCompile(`\s{2,}`)
)

// readScenarios reads all files.
func readScenarios(t *testing.T) []scenario {
	t.Helper()
	files, err := filepath.Glob("testdata/scenarios/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no scenarios: %v", err)
	}
	var all []scenario
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parseScenarios(t, file, string(text))...)
	}
	return all
}

func parseScenarios(t *testing.T, file, text string) []scenario {
	t.Helper()
	var all []scenario
	var scene []step
	current := scenario{file: filepath.Base(file)}
	end := func() {
		switch {
		case len(current.steps) == 0:
		case slices.ContainsFunc(current.steps, func(s step) bool { return s.keyword == "do" }):
			if current.title == "" {
				t.Fatalf("%s: the scenario that ends above line %d says nothing about itself", file, current.steps[0].line)
			}
			current.steps = append(slices.Clip(scene), current.steps...)
			all = append(all, current)
		default:
			scene = append(scene, current.steps...)
		}
		current = scenario{file: filepath.Base(file)}
	}
	for i, line := range strings.Split(text, "\n") {
		match := stepLine.FindStringSubmatch(line)
		switch trimmed := strings.TrimSpace(line); {
		case trimmed == "":
			end()
		case strings.HasPrefix(line, "#"):
			if len(current.steps) == 0 {
				current.title = strings.TrimSpace(current.title + " " + strings.TrimSpace(line[1:]))
			}
		case strings.HasPrefix(line, " ") && len(current.steps) > 0:
			last := &current.steps[len(current.steps)-1]
			last.below = append(last.below, trimmed)
		case match != nil:
			current.steps = append(current.steps, parseStep(i+1, match[1], strings.TrimSpace(match[2])))
		default:
			t.Fatalf("%s:%d: not a line of a scenario: %s", file, i+1, line)
		}
	}
	end()
	return all
}

func parseStep(line int, keyword, text string) step {
	s := step{line: line, keyword: keyword, text: text}
	if keyword == "do" {
		parts := gap.Split(text, 3)
		s.text = parts[0]
		if len(parts) > 1 {
			s.outcome = parts[1]
		}
		if len(parts) > 2 {
			s.facts = strings.Fields(parts[2])
		}
	}
	return s
}

func TestScenarios(t *testing.T) {
	for _, s := range readScenarios(t) {
		t.Run(strings.TrimSuffix(s.file, ".txt")+"/"+strings.TrimSuffix(s.title, "."), func(t *testing.T) { play(t, s) })
	}
}

// told are all scenarios, told once for the tests that look at all of them together.
var told []*story

func allTold(t *testing.T) []*story {
	t.Helper()
	if told == nil {
		for _, s := range readScenarios(t) {
			told = append(told, play(t, s))
		}
	}
	return told
}

// play tells a scenario from its beginning to its end.
func play(t *testing.T, s scenario) *story {
	t.Helper()
	story := newStory(t, s.file)
	for _, step := range s.steps {
		story.line = step.line
		switch step.keyword {
		case "given":
			story.given(step)
		case "do":
			story.do(step)
		case "at":
			story.at(step.text)
		case "then":
			story.then(step.text)
		}
		story.shop.audit(t)
	}
	return story
}

// at moves the clock.
func (s *story) at(text string) {
	s.Helper()
	if ahead, err := time.ParseDuration(strings.TrimPrefix(text, "+")); err == nil && text[0] == '+' {
		s.shop.now = s.shop.now.Add(ahead)
		return
	}
	s.shop.now = s.instant(text)
}
