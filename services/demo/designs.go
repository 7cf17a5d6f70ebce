package demo

// family is a kind of thing: what all its models share.
type family struct {
	// line is the brand line under which it is sold.
	noun, line, department, sizes string
	// cents is what the first model costs in euros; each further one costs a little more.
	cents int64
	// fit and care are said of every model of the family.
	fit, care string
	models    []model
}

// model is one product: a name, and what is particular about it.
type model struct{ name, about, colours string }

// families are the assortment: thirty kinds of five models each.
var families = []family{
	{"shirt", "Atelier", "Shirts", "letter", 5900, "Cut straight, to be worn in or out.", "Wash at 40 degrees, iron while damp.", []model{
		{"Alba linen", "Washed linen from Normandy flax that softens with every summer. " +
			"The collar has no stiffening, so it lies open without a fuss. We dye it in small lots, and no two lots are quite alike.", "white sand sky"},
		{"Tomás oxford", "A dense oxford weave with a button-down collar that holds without a tie. " +
			"Worn by half of our tailors, who ought to know. It needs a month to become your own.", "white blue rose"},
		{"Nerea poplin", "Crisp two-ply poplin, with mother-of-pearl buttons and a curved hem. " +
			"The cuffs close in two positions for thin and thick wrists. Of all our shirts it is the one that people buy again in the same colour.", "white ink"},
		{"Iker flannel", "Brushed on the inside only, so that it warms and does not pill. " +
			"Cut half a hand longer behind, for mornings in the woods. Two pockets with flaps take a map and a sandwich.", "moss brick charcoal"},
		{"Livia silk", "Sand-washed silk with a matt face and a hidden placket. " +
			"It photographs plainly and feels like nothing else. Wear it with the sleeves pushed up and call it casual.", "ivory ink rose"}}},
	{"T-shirt", "Basics", "Tops", "letter", 2500, "Regular length, with a collar that keeps its shape.", "Wash at 30 degrees, inside out.", []model{
		{"Pau heavy cotton", "Two hundred and twenty grams of combed cotton: it does not show what is under it. " +
			"We tried eleven mills before this one. After fifty washes it was still white, and so we stopped looking.", "white black ecru moss"},
		{"Mar striped", "Breton stripes knitted in, not printed, eleven to the front. " +
			"The neck is wide enough to show a collarbone and no more. Sailors had theirs longer; ours stops at the hip.", "navy brick"},
		{"Enzo pocket", "With a chest pocket just large enough for a train ticket. " +
			"The jersey comes from Barcelos, twenty minutes from the sewing room. The pocket is set a little lower than usual, which looks right.", "white charcoal sky"},
		{"Greta ribbed", "Fine rib that follows the body and stretches back overnight. " +
			"Long enough to be tucked, thin enough for a second layer. The seams are flat and sit forward of the shoulder.", "black ivory rose"},
		{"Olmo hemp", "A hemp and cotton jersey, dry to the touch on hot days. " +
			"It wrinkles, and should. The colours come from clay and fade evenly.", "sand moss"}}},
	{"polo shirt", "Basics", "Tops", "letter", 4500, "A little shorter behind, to stay tucked.", "Wash at 30 degrees, dry flat.", []model{
		{"Remo piqué", "Honeycomb piqué with a two-button placket. " +
			"The collar is knitted in one piece with a ribbon sewn beneath, so that it never curls. Good with a jacket, better without.", "white navy moss"},
		{"Duarte knitted", "Knitted like a fine jumper, with an open collar. " +
			"There are no buttons to lose. Its hem is doubled, which gives it the weight to hang straight.", "ink sand"},
		{"Lia cropped", "Ends at the waist, to go with high trousers. " +
			"The sleeves end just above the elbow. We made it for one summer and have been asked for it ever since.", "ivory brick"},
		{"Karl terry", "Terry on the inside, for after a swim. " +
			"It dries on the shoulders between the beach and the bar. The colours are those of sun-bleached boats.", "sky ecru"},
		{"Vasco long-sleeved", "Long sleeves with a ribbed cuff, for spring mornings. " +
			"The placket is reinforced, for those who pull it over the head buttoned. It pairs with every chino we make.", "navy charcoal"}}},
	{"jumper", "Nord", "Knitwear", "letter", 8900, "Falls loosely; take your own size.", "Wash by hand, or air it overnight.", []model{
		{"Brisa merino", "Extra-fine merino, thin enough to wear beneath a jacket. " +
			"One hundred and twenty grams, and warmer than it has a right to be. Fold it, never hang it.", "ink ecru moss"},
		{"Aran cable", "Four cables on the front, knitted from undyed wool. " +
			"Each takes a knitter two days, in a village above Huesca. The smell of lanolin goes after a week; some customers regret it.", "ecru charcoal"},
		{"Noor cashmere", "Two-ply cashmere combed in spring, with saddle shoulders. " +
			"The goats live in Alashan, the yarn is spun near Biella. We mend it free of charge for as long as you own it.", "sand rose charcoal"},
		{"Lluc cotton", "Chunky cotton that breathes, for people whom wool scratches. " +
			"The stitch is large, and the sleeves can be turned back twice. It is heavy: lay it flat to dry or it grows.", "white navy"},
		{"Faro half-zip", "A brass zip up to the chin and a lined collar. " +
			"Made for the ferry, and good on any platform in March. The zip runs both ways and does not scratch.", "moss ink"}}},
	{"cardigan", "Nord", "Knitwear", "letter", 9900, "Cut to be worn over a shirt.", "Wash by hand, dry flat.", []model{
		{"Selma boiled wool", "Boiled wool without a lining, warm as a jacket. " +
			"It was knitted a third too large and shrunk, which is why wind stays out. The edges are raw and do not fray.", "brick charcoal"},
		{"Ona long", "Reaches the knee, with two deep pockets. " +
			"A loop inside holds it on a hook by the door. We sell most of them to people who work at home.", "sand ink"},
		{"Bruno shawl", "A shawl collar and leather buttons. " +
			"The buttons are cut from one hide, so that they age together. It looks best a size too large.", "moss charcoal"},
		{"Teia mohair", "A cloud of kid mohair on a silk thread. " +
			"It sheds a little in the first days, then stops. Under a coat it adds no bulk at all.", "rose ivory"},
		{"Joel fine-gauge", "Twelve-gauge merino with a V neck. " +
			"Eight small buttons, and a neckline that leaves room for a tie. The elbows are doubled on the inside, where nobody sees it.", "navy ecru"}}},
	{"sweatshirt", "Basics", "Tops", "letter", 5500, "Dropped shoulders, ribbed hem.", "Wash at 30 degrees, do not tumble.", []model{
		{"Rec loopback", "Loopback cotton, four hundred grams, knitted slowly. " +
			"The machine that knits it makes a metre an hour. The inside stays looped instead of going to felt.", "ecru black moss"},
		{"Mila hooded", "A double hood without cords, to lie flat under a coat. " +
			"A zipped pocket hides in the side seam. The cuffs are long, with a slit for the thumb.", "charcoal rose"},
		{"Iago raglan", "Raglan sleeves and flat seams for cycling. " +
			"The back is a little longer than the front. There is nothing printed on it, and there never will be.", "navy sand"},
		{"Vera cropped", "Short body, long sleeves, raw hem. " +
			"The hem was left open on purpose and rolls up by itself. Wear it over a slip dress or under dungarees.", "ivory brick"},
		{"Otto zipped", "A two-way zip, and pockets lined with jersey. " +
			"The tape inside the collar is the colour of the next season. It survived two years of our warehouse before we sold it.", "black moss"}}},
	{"jeans", "Denim Works", "Trousers", "waist", 8900, "Sits on the waist.", "Wash rarely, at 30 degrees, inside out.", []model{
		{"Bosc straight", "Rigid denim of thirteen ounces that learns how you sit. " +
			"Wash it for the first time after six months, if you can wait. The repair kit in the pocket has thread of the same dye.", "indigo black"},
		{"Vall wide", "Wide from the hip down, to break once on the shoe. " +
			"Its pockets are deep enough for a paperback. We finish the hem to your height in any shop, the same afternoon.", "indigo ecru"},
		{"Ria slim", "A hint of stretch, and a tapered leg. " +
			"The stretch recovers overnight, so the knees stay where they were. There are five pockets, and the small one is large enough for coins.", "indigo charcoal"},
		{"Torre selvedge", "Woven on shuttle looms; turn them up to show the edge. " +
			"The loom in Okayama is older than its operator. One colour, because denim has one.", "indigo"},
		{"Nuvo relaxed", "Bleached by ozone, with a fifth of the usual water. " +
			"The lightest of our denims, cut for warm cities. The button is plain brass and will turn green before it breaks.", "sky ecru"}}},
	{"chinos", "Basics", "Trousers", "waist", 7500, "Regular rise, tapered below the knee.", "Wash at 40 degrees.", []model{
		{"Pere twill", "Garment-dyed twill with a dry hand. " +
			"We dye them once they are sewn, so the seams come out darker than the cloth. They look ironed without being ironed.", "sand moss navy"},
		{"Lino pleated", "Two pleats and a wool waistband that grips the shirt. " +
			"Wide at the thigh and narrow at the hem, as our grandfathers had them. The waistband can be let out by four centimetres.", "ecru ink"},
		{"Sergi stretch", "Two percent elastane, for those who cycle to work. " +
			"A strip that reflects light is hidden in the turn-up. The gusset is double, for saddles.", "charcoal sand"},
		{"Elda cropped", "Ends above the ankle. " +
			"The pockets lie flat when you sit. Made for boats, terraces and bare feet.", "white brick"},
		{"Hugo corduroy", "Fourteen-wale corduroy that catches the light. " +
			"It goes quiet after a few wears and stops announcing you. Brush it now and then in the direction of the pile.", "moss brick charcoal"}}},
	{"trousers", "Atelier", "Trousers", "letter", 8500, "High waist, with an elastic panel behind.", "Wash at 30 degrees, hang to dry.", []model{
		{"Cala wide linen", "Linen and viscose, with a leg that moves. " +
			"They pack into half of what other trousers take. The cloth was washed twice before cutting, so they will not shrink.", "sand ink white"},
		{"Mireia pleated", "Deep pleats in a wool blend that does not crease on a train. " +
			"The crease is sewn in at the top and pressed below. We were thinking of people who step off a train into a meeting.", "charcoal moss"},
		{"Zoe drawstring", "A drawstring, and the drape of pyjamas one may go out in. " +
			"It ties flat and shows nothing under a jumper. Two customers were married in them.", "black rose"},
		{"Inês culotte", "Mid-calf and wide as a skirt. " +
			"Sit, and they fall like a skirt; walk, and they do not. A hidden hook keeps the waistband straight.", "ink brick"},
		{"Nil track", "Jersey with a pressed crease, between sport and office. " +
			"The side stripe is woven, not sewn on. They have loops for a belt that you will not need.", "navy charcoal"}}},
	{"shorts", "Riviera", "Trousers", "letter", 4900, "Ends above the knee.", "Wash at 40 degrees.", []model{
		{"Port swim", "Dries in half an hour; the mesh is made of old nets. " +
			"A key fits on a loop inside the left pocket. The waist is elastic behind and plain in front.", "navy brick sky"},
		{"Arn linen", "An elastic waist and deep pockets. " +
			"Cut with enough room for a bicycle. Linen this heavy wrinkles in large folds rather than small ones.", "sand white"},
		{"Cap chino", "Cotton twill with a turned-up hem. " +
			"The turn-up can be let down by five centimetres. Chalk-dry when new, they soften after three washes.", "ecru moss"},
		{"Ula bermuda", "Tailored like trousers, cut at the knee. " +
			"A pressed crease runs down the front. They were designed for an office that allows shorts, and have changed the minds of some that did not.", "ink sand"},
		{"Sol denim", "Raw hem, light wash. " +
			"The hem frays to a fringe and then stops, because we sew a line above it. The pockets are printed with the map of a coast.", "sky ecru"}}},
	{"skirt", "Atelier", "Skirts and dresses", "letter", 6500, "Sits on the waist, with a side zip.", "Wash at 30 degrees.", []model{
		{"Flora midi", "Cut on the bias, so that it swings. " +
			"The zip is set by hand and cannot be seen. It needs no lining, since the cloth is dense enough to hold the light back.", "ink rose"},
		{"Dalia pleated", "A hundred and twelve pleats, set by steam. " +
			"The pleats stay through thirty washes and more. It makes a sound when you turn.", "moss brick"},
		{"Emma denim", "A-line, buttoned in front from top to hem. " +
			"The buttons are of copper, and so is the smell of them. Leave the last three open to climb stairs.", "indigo ecru"},
		{"Pia wrap", "Ties on the left, and stays where it is. " +
			"The wrap overlaps by a whole width, so no gust opens it. Worn high it is a skirt, worn low a tunic over trousers.", "sand black"},
		{"Noa knitted", "Knitted in one piece, without a side seam. " +
			"It follows the hip without clinging. The yarn is carded with the remnants of last year's jumpers.", "charcoal ivory"}}},
	{"dress", "Atelier", "Skirts and dresses", "letter", 11900, "Falls just below the knee.", "Wash at 30 degrees, iron on the wrong side.", []model{
		{"Carmen wrap", "Crêpe de Chine with a print drawn by hand in Poblenou. " +
			"The print repeats only every ninety centimetres, so no two dresses match. The tie is long enough to go around twice.", "ink brick"},
		{"Rosa shirt", "A shirt that grew: belt it or let it hang. " +
			"The fabric is the one of our poplin shirts, a shade heavier. The cuffs turn back to a contrasting stripe.", "white sky moss"},
		{"Ivet slip", "Heavy satin with adjustable straps. " +
			"The lining stops above the knee, where it is not needed. A jumper over it makes it a skirt.", "ivory black"},
		{"Laia linen", "Sleeveless, with pockets in the seams. " +
			"It comes from the drawer creased and looks better for it. The back has two rows of smocking, for August lunches.", "sand brick"},
		{"Marta knitted", "Fine merino, ribbed at the waist. " +
			"It stretches across a day of sitting and goes back by evening. The neckline holds a scarf or nothing at all.", "charcoal rose"}}},
	{"blazer", "Atelier", "Jackets", "letter", 17900, "Soft shoulders, half lined.", "Dry clean.", []model{
		{"Oriol hopsack", "An open weave that keeps its shape in a suitcase. " +
			"Roll it, do not fold it, and it will open as you packed it. The inner pocket closes with a button, for countries with pickpockets.", "navy charcoal"},
		{"Clara double", "Double-breasted, with peak lapels and a long line. " +
			"The lapels were drawn by hand until they looked effortless. It buttons on either side.", "black sand"},
		{"Bernat linen", "Unlined, to be thrown over a T-shirt. " +
			"No canvas, no pads, no lining: two hundred and ninety grams of jacket. It likes to be thrown over chairs.", "ecru moss"},
		{"Alma velvet", "Cotton velvet for evenings. " +
			"The pile is short and shrugs off rain at the door. We line it in a stripe that only you will know.", "ink brick"},
		{"Toni jersey", "Cut like a jacket, sewn like a cardigan. " +
			"Machine washing is allowed, which no other jacket of ours can say. The sleeves end in knitted cuffs that can be pushed up.", "navy moss"}}},
	{"jacket", "Outdoors", "Jackets", "letter", 13900, "Room for a jumper beneath.", "Wipe with a damp cloth.", []model{
		{"Moll chore", "Three pockets in moleskin, after a French workshop coat. " +
			"The moleskin is woven in Lancashire and gets better for ten years. The fourth pocket is inside and is for tools.", "blue moss ecru"},
		{"Ada bomber", "Recycled nylon with a matt face and knitted cuffs. " +
			"Light enough to be forgotten on a hook, so write your name on the label. The lining is a brighter green than anyone expects.", "black moss"},
		{"Roc trucker", "Rigid denim, pleated in front. " +
			"It will stand by itself for the first week. The pleats give way when you reach for the handlebars.", "indigo ecru"},
		{"Gala quilted", "Quilted in diamonds, filled with recycled down. " +
			"It packs into a pouch the size of a loaf. The quilting is stitched through a membrane, so no down finds its way out.", "sand ink"},
		{"Neu fleece", "High pile fleece with a wind-proof yoke. " +
			"It was tested on a lighthouse by somebody with time. The pockets are lined in the same fleece, for hands.", "ecru charcoal"}}},
	{"coat", "Nord", "Coats", "letter", 24900, "Cut wide, in two lengths of sleeve by size.", "Dry clean once a season, brush often.", []model{
		{"Vent trench", "Gabardine that lets the rain run off, with a storm flap. " +
			"The cape across the shoulders is detachable. The belt has a ring on which one may hang an umbrella.", "sand ink"},
		{"Serra overcoat", "Melton wool of seven hundred grams, with raglan sleeves. " +
			"It weighs two kilos and hangs as if it weighed one. There is a pocket for gloves and another for the book.", "charcoal moss"},
		{"Lluna wrap", "No buttons: a belt, and double-faced wool. " +
			"Both faces of the cloth are sewn by hand, with no seam to be seen. Wear it open in October and tied in January.", "ivory brick"},
		{"Pol parka", "A hood lined with wool and a drawstring waist. " +
			"The lining buttons out in spring. Its zip has teeth large enough for mittens.", "moss black"},
		{"Aurora puffer", "Filled with plant fibre and closed by snaps. " +
			"It is washed cold and dried with two tennis balls. The collar stands by itself against the wind.", "black rose"}}},
	{"raincoat", "Outdoors", "Coats", "letter", 12900, "Cut to go over a blazer.", "Rinse, hang to dry, do not iron.", []model{
		{"Xàfec long", "Welded seams and a hood with a peak. " +
			"It comes to the calf and opens behind with two snaps, for bicycles. The hood turns with your head instead of hiding the traffic.", "moss black"},
		{"Gota short", "Packs into its own pocket. " +
			"It weighs as much as an apple. The pocket it packs into has a loop for a belt.", "ink brick"},
		{"Boira matt", "Coated cotton that looks like no raincoat. " +
			"Inspectors of works in three cities wear it. Rub it with the wax from the pocket when the first drops stop rolling off.", "sand charcoal"},
		{"Tramuntana", "Made for the wind of the north: cuffs close twice. " +
			"A strap holds the hood when gusts come from behind. It was named after the wind and has met it.", "navy"},
		{"Pluja poncho", "Covers a rucksack, or a child on the shoulders. " +
			"It folds out of a bag and covers what you carry. Four poppers make sleeves of its sides.", "moss sky"}}},
	{"sneakers", "Passeig", "Shoes", "shoe", 11900, "True to size.", "Brush dry, wax twice a year.", []model{
		{"Passeig leather", "Vegetable-tanned leather on a sole that can be replaced. " +
			"The cork under the foot takes your shape within a month. Send them back worn out, and we return them with a new sole.", "white black"},
		{"Rambla canvas", "Organic canvas and natural rubber. " +
			"The rubber comes from one plantation in Kerala. They are baked for an hour, as canvas shoes used to be.", "ecru navy brick"},
		{"Metro running", "Suede and mesh, after a shoe of 1984. " +
			"The foam is firmer than it looks. A tongue that cannot slip keeps the laces straight.", "charcoal moss"},
		{"Platja slip-on", "Elastic at the sides, no laces. " +
			"They open wide and close tight. The cloth at the heel folds flat, so they serve as mules on balconies.", "sand ink"},
		{"Cim high", "Padded to the ankle. " +
			"Eight holes, of which most people lace six. The lining is undyed calf and will darken with you.", "white black"}}},
	{"boots", "Passeig", "Shoes", "shoe", 18900, "Half a size large: take insoles or thick socks.", "Wax before the first rain.", []model{
		{"Corder chelsea", "Waxed suede, stitched through to the sole. " +
			"The elastic is woven, not glued, and holds for years. The heel is one centimetre higher than last season, at your request.", "sand charcoal"},
		{"Vinya ankle", "A block heel of five centimetres. " +
			"It sounds right on stone floors. The zip is inside the ankle and covered by a flap.", "black brick"},
		{"Bosque lace-up", "Speed hooks, and a sole for cobblestones and mud. " +
			"Twelve hundred kilometres of the Camino went into the sole's pattern. The tongue is sewn to the sides up to the fourth hook.", "moss black"},
		{"Neret rain", "Natural rubber, matt. " +
			"It is made in one piece, so there is nowhere for water to go in. A handle at the back helps on porches.", "moss ink"},
		{"Ferrer work", "A storm welt, and leather that will outlast the laces. " +
			"Polish them on Sundays, as their makers in Inca do. The nails of the heel are of brass.", "black"}}},
	{"sandals", "Passeig", "Shoes", "shoe", 7900, "Runs wide.", "Keep out of the sun when wet.", []model{
		{"Menorca avarca", "Two straps, and a sole of old tyres. " +
			"The soles have been on a lorry to Mahón and back. Wet, they dry on the feet in ten minutes.", "sand white brick"},
		{"Tarifa trek", "Webbing with three closures. " +
			"Each of the three straps moves on its own. They were made for riverbeds, and are worn at festivals.", "black moss"},
		{"Siena fisherman", "Woven leather, closed at the toe. " +
			"The leather is woven over a last and takes three days. It leaves no pattern on the foot.", "brick black"},
		{"Capri mule", "Slips on, and stays on. " +
			"A nail in the heel keeps the strap from turning. With socks they become a house shoe, which we did not intend.", "ivory ink"},
		{"Delos gladiator", "Laces around the ankle. " +
			"The laces are one metre ten and soft from the start. Two holes more than needed, for calves of all kinds.", "sand black"}}},
	{"loafers", "Passeig", "Shoes", "shoe", 14900, "Take half a size down.", "Use shoe trees.", []model{
		{"Prado penny", "Unlined calf that needs no breaking in. " +
			"The penny fits and stays in. The stitch around the toe is made with a boar's bristle, as it was before needles of steel.", "black brick"},
		{"Retiro tassel", "Suede, with tassels one is allowed to cut off. " +
			"The suede was tumbled until it forgot that it was stiff. They shine at weddings and do not mind the tram.", "sand navy"},
		{"Sol driving", "Rubber nubs, for cars and kitchens. " +
			"One hundred and twelve nubs, says the maker. The heel is padded where the pedal rubs.", "moss ink"},
		{"Chamberí lug", "A lug sole beneath a classic upper. " +
			"It gives you three centimetres and a steady step. Rain does it no harm, and snow some good.", "black"},
		{"Olite soft", "Folds flat for a handbag. " +
			"They were made for the way home after a long evening. A pouch is in the box, and a pair of soles that glue on.", "rose black"}}},
	{"socks", "Basics", "Accessories", "sock", 1200, "Linked toes, no seam to feel.", "Wash at 40 degrees.", []model{
		{"Llana rib", "Merino and nylon, eight ribs to the inch. " +
			"They stay up because the rib is cut on the leg and not on the foot. After a day in boots they smell of nothing.", "charcoal moss brick"},
		{"Corda hiking", "Terry under the foot. " +
			"The heel is knitted in a second yarn that lasts twice as long. The arch is held by a band that you will notice only when it is missing.", "moss navy"},
		{"Fil ankle", "Disappears in a sneaker. " +
			"A strip of silicone at the heel keeps them from sliding. Sold by the pair, lost by the one.", "white black"},
		{"Punt dotted", "Dots of two sizes. " +
			"No two dots meet at the seam, and it took us a while. They brighten one centimetre of your day.", "ink rose"},
		{"Nit bed", "Knitted loosely, for cold floors. " +
			"They are washed before they are sold, so that they begin soft. Grandmothers order by the dozen.", "ecru"}}},
	{"belt", "Hide", "Accessories", "belt", 4500, "Measured from buckle to middle hole.", "Feed the leather once a year.", []model{
		{"Gual harness", "Bridle leather with a solid brass buckle. " +
			"The leather is five millimetres thick and creaks until Easter. The buckle is cast in Ubrique, in sand.", "black brick"},
		{"Trena woven", "Woven leather that closes anywhere. " +
			"There are no holes: the pin goes where you need it. It gives way a little after lunch.", "sand moss"},
		{"Fina narrow", "Two centimetres wide, for dresses. " +
			"It is stitched in the same colour, so that only the edge is seen. The end is held by a loop that does not move.", "black ivory"},
		{"Pista webbing", "Cotton webbing with a D ring. " +
			"The webbing is that of the straps on our rucksacks. Cut it to length and burn the end, or ask us to.", "moss navy"},
		{"Doble reversible", "Turn the buckle, and it is another belt. " +
			"The buckle turns with half a pull. Two belts for the room of one, says the shop in Chiado.", "black"}}},
	{"scarf", "Nord", "Accessories", "one", 5900, "A metre ninety long, fringed.", "Wash by hand.", []model{
		{"Boreal lambswool", "Woven in the Pyrenees from lambs' first wool. " +
			"It softens with wear and does not pill before the third winter. The fringe is knotted by hand, four threads at a time.", "moss brick charcoal"},
		{"Seda square", "Silk twill, rolled by hand. " +
			"The hem takes an hour on each side. The drawing is of the roofs that one sees from our first shop.", "ink rose"},
		{"Glaç cashmere", "So light that it is forgotten. " +
			"It goes through a ring, which is a trick we have shown too often. Fold it once, and it keeps out the draught of any church.", "ecru charcoal"},
		{"Estiu cotton", "Gauze, for air-conditioned trains. " +
			"It serves as a towel, a pillow and a curtain. The gauze is woven double and tacked every centimetre.", "white sky"},
		{"Tarda checked", "A check from an old travelling rug. " +
			"The rug belonged to a great-uncle and is still in his car. The wool is from Teruel and a little coarse, which we like.", "moss navy"}}},
	{"hat", "Outdoors", "Accessories", "hat", 3900, "Unisex.", "Brush dry.", []model{
		{"Pescador bucket", "Reversible, plain and striped. " +
			"It rolls into a pocket and shakes out flat. The brim is stitched in eleven rings.", "sand navy"},
		{"Roca beanie", "Ribbed merino, folded once. " +
			"It covers the ears without being asked. The tag is sewn on with two threads, for those who cut tags off.", "charcoal brick moss"},
		{"Palma straw", "Plaited palm from Mallorca. " +
			"Steam brings its shape back after a suitcase. The ribbon is of grosgrain and can be exchanged.", "sand"},
		{"Visera cap", "Six panels, unstructured, with a brass slider. " +
			"It is faded before you buy it, as a cap should be. The peak bends and stays bent.", "navy ecru"},
		{"Boina beret", "Felted in Tolosa, and waterproof for an hour. " +
			"The stalk on top is called a txortena and is lucky. Tilt it to either side, there is no rule.", "black brick"}}},
	{"gloves", "Outdoors", "Accessories", "glove", 4900, "Measure around the knuckles.", "Dry slowly, away from heat.", []model{
		{"Cabra leather", "Goat leather lined with silk. " +
			"They are cut along the back of the animal, so that they stretch across and not along. The thumb is set in separately.", "black brick"},
		{"Ull touch", "Conductive thread in two fingers. " +
			"The yarn is merino and steel, and it does not spark. They reach two fingers beyond the wrist.", "charcoal"},
		{"Llop shearling", "Turned out shearling. " +
			"The wool is inside, where the hand is. They take a winter to lose their bulk and then never wear out.", "sand"},
		{"Pont cycling", "Crocheted backs and padded palms. " +
			"Chamois at the thumb is for the forehead. The knots on the back were our grandmothers' pattern.", "ecru black"},
		{"Maó mittens", "Knitted double. " +
			"A cord connects the two through the sleeves, should you wish. They are felted, so snow falls off.", "brick moss"}}},
	{"bag", "Hide", "Bags", "one", 9900, "With a pocket for a telephone inside.", "Wipe with a damp cloth.", []model{
		{"Mercat tote", "Waxed canvas that stands by itself. " +
			"A bottle stands upright in it, and so does a leek. The handles go over the shoulder of a winter coat.", "ecru moss"},
		{"Tren weekender", "Takes two nights, and goes under the seat. " +
			"The bottom is stiff and has four studs. Its pocket for shoes opens from outside.", "black moss"},
		{"Llibre messenger", "A sleeve for a computer of fourteen inches. " +
			"The strap is seat belt, and as reliable. It closes by magnet with one hand.", "charcoal brick"},
		{"Nansa shoulder", "One strap, one zip, soft leather. " +
			"The leather is folded rather than cut, so the edges stay soft. It holds more than it shows.", "black sand"},
		{"Cim rucksack", "Roll top, eighteen litres. " +
			"The straps are curved for narrow shoulders. It has been under more desks than we could count.", "moss ink"}}},
	{"wallet", "Hide", "Bags", "one", 3900, "Fits a trouser pocket.", "Feed the leather once a year.", []model{
		{"Targeta card holder", "Five cards, and a slot for notes. " +
			"It opens flat and closes by its own tension. After a year the cards have left their outline in the leather.", "black brick"},
		{"Moneda zip", "Coins on one side, notes on the other. " +
			"The zip has metal teeth that sing a little. In a bag it is found by touch.", "moss black"},
		{"Viatge passport", "Passport, boarding pass, pen. " +
			"Stamps of forty countries have been put down on it. A loop holds the pen you always lack.", "ink"},
		{"Clau key case", "Six keys that do not jingle. " +
			"Each key turns on a brass screw. It is quiet in the pocket of a light jacket.", "brick black"},
		{"Plec folded", "Folded from one piece, without a stitch. " +
			"One needs a minute to understand it and then never thinks of it again. The pattern is printed on its box, for those who want to try.", "sand black"}}},
	{"pyjamas", "Home", "Home", "letter", 6900, "A shirt and trousers.", "Wash at 40 degrees.", []model{
		{"Coixí poplin", "Piped edges, and buttons that hold. " +
			"The trousers have pockets, for the walk to the baker. The cord does not disappear in the wash.", "white sky"},
		{"Migdia jersey", "Soft as a T-shirt of ten summers. " +
			"They are knitted in the round, and so have no side seam to lie upon. The collar is open at the throat.", "charcoal rose"},
		{"Lluna flannel", "Brushed on both sides. " +
			"It was a shirting once, and then somebody slept in it. Cuffs at wrist and ankle keep it in place.", "brick moss"},
		{"Brisa gauze", "Double gauze, for hot nights. " +
			"Two layers are joined by dots that one does not feel. It dries by the morning on any balcony.", "white sand"},
		{"Son silk", "Washable silk. " +
			"The thread is of long fibre and bears the machine at thirty degrees. It comes in a bag of the same cloth.", "ink ivory"}}},
	{"swimsuit", "Riviera", "Swim", "letter", 5900, "Lined in front.", "Rinse in fresh water, dry in the shade.", []model{
		{"Onada racer", "A racing back, and fabric that bears chlorine. " +
			"The seams are bonded and leave no mark. It was swum in for two hundred hours before we dared to sell it.", "navy black"},
		{"Cala halter", "Ties at the neck. " +
			"The knot is weighted with a bead, so that it hangs. The back is cut low and holds.", "brick ink"},
		{"Sal bandeau", "Removable straps. " +
			"The bones are of a plastic that remembers its shape. It is the one suit in which one can read lying down.", "ivory black"},
		{"Fons one-shoulder", "Ribbed yarn from old fishing nets. " +
			"A kilo of netting gives eleven of them. The rib stretches lengthwise, for tall people.", "moss rose"},
		{"Marea long-sleeved", "Sun protection fifty, for surfers. " +
			"The zip stops at the collarbone and has a cord. The cuffs are printed on the inside with a tide table.", "navy sky"}}},
	{"book", "Press", "Books", "one", 2400, "Bound in cloth.", "Keep away from the bath.", []model{
		{"Mending", "A handbook of darning, patching and turning collars, with three hundred drawings. " +
			"It begins with threading a needle and ends with a coat. The paper takes notes in pencil.", "paper"},
		{"Linen", "From blue flowers to a white shirt: a field, a mill and a loom in photographs. " +
			"The photographs were taken over two years, in Normandy, Kortrijk and Guimarães. A swatch is bound in at the end.", "paper"},
		{"The Weaver's Year", "Twelve months at a hand loom in the Pyrenees. " +
			"It was written by somebody who weaves better than she writes, she says; we disagree. Twelve essays, and a pattern for each.", "paper"},
		{"Pockets", "A short history of who was allowed to have them. " +
			"It goes from the thief's pouch to the lady's reticule and on to the handbag. Illustrated from the collections of four museums.", "paper"},
		{"Colour by Plants", "Madder, weld and woad: forty recipes for dyeing at home. " +
			"Each recipe is shown on wool, silk and cotton, after a day and after a year of sun. The author answers letters.", "paper"}}},
}

// sizeRuns are the sizes of each system, in their own order.
var sizeRuns = map[string][]string{
	"letter": {"XS", "S", "M", "L", "XL", "XXL"},
	"waist":  {"28", "30", "32", "34", "36"},
	"shoe":   {"36", "37", "38", "39", "40", "41", "42", "43", "44", "45"},
	"sock":   {"35-38", "39-42", "43-46"},
	"belt":   {"80", "90", "100"},
	"hat":    {"S/M", "L/XL"},
	"glove":  {"7", "8", "9"},
	"one":    {"One size"},
}
