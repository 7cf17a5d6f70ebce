package imports

import "testing"

func TestPlainText(t *testing.T) {
	for body, want := range map[string]string{
		"plain, and a <b>bold</b> word":            "plain, and a bold word",
		"<p>One&nbsp;&amp; two.</p><p>Three</p>":   "One & two.\n\nThree",
		"<ul><li>red</li><li>green</li></ul>after": "- red\n- green\n\nafter",
		"a<br>b<br/>c": "a\nb\nc",
		"<style>p{}</style><script>if (a<b) {}</script>seen": "seen",
		"<!-- hidden -->shown":                               "shown",
		"<table><tr><td>L</td><td>40</td></tr></table>":      "L 40",
		"  \u00a0 much \n\n space  ":                         "much space",
		"a &lt;tag&gt; is no <i>tag</i>":                     "a <tag> is no tag",
		"zero\x00width":                                      "zerowidth",
		"":                                                   "",
		"<p></p>":                                            "",
		"<div>unclosed <span>text":                           "unclosed text",
		"5 < 6 and 7 > 6":                                    "5 < 6 and 7 > 6",
		"<h2>Care</h2><p>Wash at 30&#176;</p><hr><p>Line</p>": "Care\n\nWash at 30°\n\nLine",
	} {
		if got := plainText(body); got != want {
			t.Errorf("%q is %q, want %q", body, got, want)
		}
	}
}

func TestBarcode(t *testing.T) {
	for written, want := range map[string]string{
		"4006381333931": "4006381333931", "40063813 33931": "4006381333931", "'96385074": "96385074", "036000291452": "036000291452",
		"10012345678902": "10012345678902",
	} {
		if got, err := gtinOf(written); err != nil || got != want {
			t.Errorf("%s: %s, %v", written, got, err)
		}
	}
	for _, written := range []string{"4006381333932", "1234567", "40063813339a1", "400638133393100"} {
		if got, err := gtinOf(written); err == nil {
			t.Errorf("%s is taken as %s", written, got)
		}
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1000: "-1,000", -100: "-100", 1234567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
	if got := (Sum{Currency: "USD"}).amount(-123456); got != "-1,234.56 USD" {
		t.Error(got)
	}
	if got := (Sum{Currency: "JPY"}).amount(123456); got != "123,456 JPY" {
		t.Error(got)
	}
}
