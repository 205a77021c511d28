(** Theorem 2, repaired: if mu lies between g(x) and mu', then F is nearer to x than F'.

    The statement. Let g : R^d -> R be the projection g(x) = <w, z(x)> + c of a unit on the output
    z of any network of continuous piecewise affine (CPA) activations, F = {g = mu} and F' = {g =
    mu'}. If g(x) <= mu < mu' or g(x) >= mu > mu', and F is not empty, then d(x, F) < d(x, F'),
    where the distance to the empty set is infinite.

    Why it holds.
    1. Along a segment g is piecewise affine: functions that are so are closed under sums,
       multiples and composition with a CPA function ([pieces_add], [pieces_scale],
       [pieces_compose]), and a network is built of these ([network_cpa]).
    2. A piecewise affine function on [a, b] takes every value between those at a and b; on one
       piece a division finds it ([intermediate_value]).
    3. So for each y in F' some z = x + s (y - x) with 0 <= s < 1 is in F, and ||x - z|| = s ||x -
       y|| is less than ||x - y|| ([nearer_point]).
    4. g has a Lipschitz constant L: |mu' - mu| = |g(y) - g(z)| <= L ||y - z||. As z is on the
       segment, ||x - y|| = ||x - z|| + ||z - y|| >= d(x, F) + |mu' - mu| / L for all y in F'
       ([gap]). So the infima differ too, whether or not they are attained.

    What is general: any dimension, depth and widths, any real field R, any weights, statistics,
    gamma and beta, an activation for each layer. The lemmas hold for all CPA functions g with a
    Lipschitz constant. Distances are infima; in a real field in which one does not exist, [gap]
    speaks of lower bounds alone. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Definitions.

Variable R : realFieldType.

(** f is affine on each of finitely many intervals that follow one another from a to b. *)
Inductive pieces (f : R -> R) : R -> R -> Prop :=
  | Piece a b p q : a <= b -> (forall t, a <= t <= b -> f t = p * t + q) -> pieces f a b
  | Join a b c : pieces f a b -> pieces f b c -> pieces f a c.

(** A CPA activation: finitely many pieces on every interval, and slopes that are bounded. *)
Definition cpa_activation (phi : R -> R) : Prop :=
  (forall a b, a <= b -> pieces phi a b)
  /\ exists2 L, 0 <= L & forall s t, (phi s - phi t) ^+ 2 <= L * (s - t) ^+ 2.

(** <u, v>, ||p - q||^2, and the point of the segment from x to y at t. *)
Definition inner n (u v : 'rV[R]_n) : R := \sum_i u 0 i * v 0 i.

Definition gap2 n (p q : 'rV[R]_n) : R := inner (p - q) (p - q).

Definition segment n (x y : 'rV[R]_n) (t : R) : 'rV[R]_n := x + t *: (y - x).

(** A CPA function on R^d: piecewise affine along every segment, with a Lipschitz constant. *)
Definition cpa d (g : 'rV[R]_d -> R) : Prop :=
  (forall x y, pieces (fun t => g (segment x y t)) 0 1)
  /\ exists2 L, 0 <= L & forall x y, (g x - g y) ^+ 2 <= L * gap2 x y.

(** D = inf {||p - q|| : q in S}, None (infinite) for S empty: the numbers E >= 0 that are at most
    D are those that bound every ||p - q|| from below, in squares. *)
Definition is_distance n (p : 'rV[R]_n) (S : 'rV[R]_n -> Prop) (D : option R) : Prop :=
  if D is Some r then
    [/\ exists q, S q, 0 <= r
      & forall E, 0 <= E -> (E <= r <-> forall q, S q -> E ^+ 2 <= gap2 p q)]
  else forall q, ~ S q.

Definition less (D D' : option R) : Prop :=
  if D is Some r then if D' is Some r' then r < r' else True else False.

(** mu lies between g(x) and mu'. *)
Definition same_side (value mu mu' : R) : Prop := value <= mu < mu' \/ mu' < mu <= value.

(** A network on R^d: each layer has rows and biases, the statistics mu and sigma of its
    normalisation, gamma, beta, and an activation (Eq. 2). *)
Inductive network (d : nat) : nat -> Type :=
  | Input : network d d
  | Layer m n (before : network d m) (w : 'I_n -> 'rV[R]_m) (c mu sigma gamma beta : 'I_n -> R)
      (phi : R -> R) : network d n.

Fixpoint output d n (net : network d n) (x : 'rV[R]_d) : 'rV[R]_n :=
  match net with
  | Input => x
  | Layer _ _ before w c mu sigma gamma beta phi =>
      \row_k phi (gamma k * (inner (w k) (output before x) + c k - mu k) / sigma k + beta k)
  end.

Fixpoint cpa_network d n (net : network d n) : Prop :=
  match net with
  | Input => True
  | Layer _ _ before _ _ _ _ _ _ phi => cpa_network before /\ cpa_activation phi
  end.

End Definitions.

Arguments Input {R d}.

Section Pieces.

Variable R : realFieldType.
Implicit Types (f g phi : R -> R) (a b c m p q t u v : R).

Lemma pieces_le f a b : pieces f a b -> a <= b.
Proof. by elim=> // {a b} a b c _ ab _; exact: le_trans. Qed.

Lemma pieces_restrict f a b : pieces f a b ->
  forall u v, a <= u -> u <= v -> v <= b -> pieces f u v.
Proof.
elim=> {a b} [a b p q _ fE u v au uv vb | a b c _ ab _ bc u v au uv vc].
  apply: (@Piece _ _ _ _ p q) => // t /andP[ut tv].
  by rewrite fE // (le_trans au ut) (le_trans tv vb).
have [vb | /ltW bv] := leP v b; first exact: ab.
have [bu | /ltW ub] := leP b u; first exact: bc.
by apply: (@Join _ _ _ b); [apply: ab | apply: bc].
Qed.

Lemma pieces_equal f g a b : (forall t, a <= t <= b -> f t = g t) -> pieces f a b -> pieces g a b.
Proof.
move=> fg pf; elim: pf fg => {a b} [a b p q ab fE fg | a b c ab IHab bc IHbc fg].
  by apply: (@Piece _ _ _ _ p q) => // t t_in; rewrite -fg // fE.
have [le_ab le_bc] := (pieces_le ab, pieces_le bc).
apply: (@Join _ _ _ b); [apply: IHab | apply: IHbc] => t /andP[lo hi]; apply: fg.
  by rewrite lo (le_trans hi le_bc).
by rewrite hi (le_trans le_ab lo).
Qed.

Lemma pieces_affine p q a b : a <= b -> pieces (fun t => p * t + q) a b.
Proof. by move=> ab; apply: (@Piece _ _ _ _ p q). Qed.

Lemma pieces_add f g a b : pieces f a b -> pieces g a b -> pieces (fun t => f t + g t) a b.
Proof.
move=> pf; elim: pf g => {a b} [a b p q _ fE g pg | a b c ab IHab bc IHbc g pg]; last first.
  have [le_ab le_bc] := (pieces_le ab, pieces_le bc).
  by apply: (@Join _ _ _ b); [apply: IHab | apply: IHbc];
    apply: (pieces_restrict pg) => //; exact: le_trans le_bc.
elim: pg fE => {a b} [a b p' q' ab gE fE | a b c ab IHab bc IHbc fE].
  by apply: (@Piece _ _ _ _ (p + p') (q + q')) => // t t_in; rewrite fE // gE //; ring.
have [le_ab le_bc] := (pieces_le ab, pieces_le bc).
apply: (@Join _ _ _ b); [apply: IHab | apply: IHbc] => t /andP[lo hi]; apply: fE.
  by rewrite lo (le_trans hi le_bc).
by rewrite hi (le_trans le_ab lo).
Qed.

Lemma pieces_scale k f a b : pieces f a b -> pieces (fun t => k * f t) a b.
Proof.
elim=> {a b} [a b p q ab fE | a b c _ ab _ bc]; last exact: Join ab bc.
by apply: (@Piece _ _ _ _ (k * p) (k * q)) => // t t_in; rewrite fE //; ring.
Qed.

(** A substitution t = (s - q) / p moves the pieces, and reverses them for p < 0. *)
Lemma pieces_substitute_gt0 phi p q u v : 0 < p -> pieces phi u v ->
  pieces (fun t => phi (p * t + q)) ((u - q) / p) ((v - q) / p).
Proof.
move=> p_gt0; elim=> {u v} [u v r s uv phiE | u v w _ uv _ vw]; last exact: Join uv vw.
apply: (@Piece _ _ _ _ (r * p) (r * q + s)) => [|t].
  by rewrite ler_pmul2r ?invr_gt0 // ler_add2r.
rewrite ler_pdivr_mulr // ler_pdivl_mulr // ler_subl_addr ler_subr_addr (mulrC t) => t_in.
by rewrite phiE //; ring.
Qed.

Lemma pieces_substitute_lt0 phi p q u v : p < 0 -> pieces phi u v ->
  pieces (fun t => phi (p * t + q)) ((v - q) / p) ((u - q) / p).
Proof.
move=> p_lt0; elim=> {u v} [u v r s uv phiE | u v w _ uv _ vw]; last exact: Join vw uv.
apply: (@Piece _ _ _ _ (r * p) (r * q + s)) => [|t].
  by rewrite ler_nmul2r ?invr_lt0 // ler_add2r.
rewrite ler_ndivr_mulr // ler_ndivl_mulr // ler_subl_addr ler_subr_addr (mulrC t) andbC => t_in.
by rewrite phiE //; ring.
Qed.

Lemma pieces_compose phi f a b : (forall u v, u <= v -> pieces phi u v) ->
  pieces f a b -> pieces (fun t => phi (f t)) a b.
Proof.
move=> phi_pieces; elim=> {a b} [a b p q ab fE | a b c _ ab _ bc]; last exact: Join ab bc.
apply: (@pieces_equal (fun t => phi (p * t + q))) => [t t_in|]; first by rewrite fE.
have back t : p != 0 -> (p * t + q - q) / p = t by move=> pnz; rewrite addrK mulrC mulKf.
have [p_lt0 | p_gt0 | ->] := ltgtP p 0.
- have pnz : p != 0 by rewrite lt_eqF.
  have := @pieces_substitute_lt0 phi p q (p * b + q) (p * a + q) p_lt0.
  by rewrite !back //; apply; apply: phi_pieces; rewrite ler_add2r ler_nmul2l.
- have pnz : p != 0 by rewrite gt_eqF.
  have := @pieces_substitute_gt0 phi p q (p * a + q) (p * b + q) p_gt0.
  by rewrite !back //; apply; apply: phi_pieces; rewrite ler_add2r ler_pmul2l.
by apply: (@Piece _ _ _ _ 0 (phi q)) => // t _; rewrite !mul0r !add0r.
Qed.

Lemma intermediate_value f a b m : pieces f a b -> f a <= m <= f b ->
  exists2 c, a <= c <= b & f c = m.
Proof.
move=> pf; elim: pf m => {a b} [a b p q ab fE m | a b c ab IHab bc IHbc m].
  have [fa fb] : f a = p * a + q /\ f b = p * b + q by rewrite !fE ?lexx ?ab.
  case/andP=> am mb; have [faE | fa_neq] := eqVneq (f a) m.
    by exists a; rewrite // lexx ab.
  have slope : 0 < p * (b - a).
    rewrite mulrBr subr_gt0 -(ltr_add2r q) -fa -fb.
    by rewrite (lt_le_trans _ mb) // lt_neqAle fa_neq.
  have a_lt_b : a < b.
    by rewrite lt_neqAle ab andbT; apply: contraTneq slope => ->; rewrite subrr mulr0 ltxx.
  have p_gt0 : 0 < p by rewrite -(pmulr_lgt0 _ (_ : 0 < b - a)) // subr_gt0.
  have c_in : a <= (m - q) / p <= b.
    rewrite ler_pdivl_mulr // ler_pdivr_mulr // ler_subr_addr ler_subl_addr !(mulrC _ p).
    by rewrite -fa -fb am mb.
  by exists ((m - q) / p); rewrite // fE // mulrC divfK ?gt_eqF // subrK.
case/andP=> am mc; have [le_ab le_bc] := (pieces_le ab, pieces_le bc).
have [mb | /ltW bm] := leP m (f b).
  have [|t /andP[lo hi] ft] := IHab m; first by rewrite am.
  by exists t; rewrite // lo (le_trans hi le_bc).
have [|t /andP[lo hi] ft] := IHbc m; first by rewrite bm.
by exists t; rewrite // hi (le_trans le_ab lo).
Qed.

End Pieces.

Section Distances.

Variables (R : realFieldType) (d : nat).
Implicit Types (g : 'rV[R]_d -> R) (x y z : 'rV[R]_d).

Lemma gap2_ge0 n (p q : 'rV[R]_n) : 0 <= gap2 p q.
Proof. by apply: sumr_ge0 => i _; rewrite -expr2 sqr_ge0. Qed.

Lemma gap2_eq0 n (p q : 'rV[R]_n) : gap2 p q = 0 -> p = q.
Proof.
move=> zero; apply/rowP => i; apply/eqP; rewrite -subr_eq0 -sqrf_eq0 expr2.
have nonneg k : true -> 0 <= (p - q) 0 k * (p - q) 0 k by rewrite -expr2 sqr_ge0.
move/eqP: zero; rewrite psumr_eq0 // => /allP/(_ i); rewrite mem_index_enum => /(_ isT).
by rewrite !mxE.
Qed.

Lemma gap2_scale n (p q p' q' : 'rV[R]_n) s : p' - q' = s *: (p - q) ->
  gap2 p' q' = s ^+ 2 * gap2 p q.
Proof.
by move=> eq; rewrite /gap2 eq /inner mulr_sumr; apply: eq_bigr => i _; rewrite !mxE; ring.
Qed.

Lemma segment_start x y s : x - segment x y s = s *: (x - y).
Proof. by rewrite /segment opprD addNKr -scalerN opprB. Qed.

Lemma segment_end x y s : segment x y s - y = (1 - s) *: (x - y).
Proof. by rewrite /segment scalerBl scale1r -(opprB x y) scalerN addrAC. Qed.

Lemma segment0 x y : segment x y 0 = x.
Proof. by rewrite /segment scale0r addr0. Qed.

Lemma segment1 x y : segment x y 1 = y.
Proof. by rewrite /segment scale1r addrC subrK. Qed.

(** A point of F on the way from x to a point y of F'. *)
Lemma nearer_point g x y mu mu' : cpa g -> same_side (g x) mu mu' -> g y = mu' ->
  exists s, [/\ 0 <= s < 1, g (segment x y s) = mu & gap2 x (segment x y s) < gap2 x y].
Proof.
move=> [g_pieces _] side gy.
have [s s_in gs] : exists2 s, 0 <= s <= 1 & g (segment x y s) = mu.
  case: side => /andP[lo hi]; first apply: intermediate_value (g_pieces x y) _.
    by rewrite segment0 segment1 gy lo ltW.
  have opposite := pieces_scale (- 1) (g_pieces x y).
  have [|s s_in] := intermediate_value (m := - mu) opposite.
    by rewrite segment0 segment1 gy !mulN1r !ler_opp2 hi ltW.
  by rewrite mulN1r => /oppr_inj gs; exists s.
have mu_neq : mu != mu' by case: side => /andP[lo hi]; rewrite ?(lt_eqF hi) ?(gt_eqF lo).
have s_neq1 : s != 1.
  by apply: contra_neq mu_neq => s1; rewrite -gs s1 segment1.
have s_lt1 : s < 1 by rewrite lt_neqAle s_neq1; case/andP: s_in.
have s_ge0 : 0 <= s by case/andP: s_in.
exists s; split; rewrite ?s_ge0 //; rewrite (gap2_scale (segment_start x y s)).
have far : 0 < gap2 x y.
  rewrite lt_def gap2_ge0 andbT; apply: contra_neq mu_neq => /gap2_eq0 xy.
  by rewrite -gs -gy /segment xy subrr scaler0 addr0.
by rewrite gtr_pmull // expr_lt1.
Qed.

(** Every point of F' is farther from x than any lower bound of the distances to F, by a margin. *)
Lemma gap g x mu mu' : cpa g -> same_side (g x) mu mu' -> exists2 margin, 0 < margin
  & forall D, 0 <= D -> (forall z, g z = mu -> D ^+ 2 <= gap2 x z) ->
      forall y, g y = mu' -> (D + margin) ^+ 2 <= gap2 x y.
Proof.
move=> g_cpa side; have [_ [L L_ge0 lipschitz]] := g_cpa.
have L1_gt0 : 0 < L + 1 by rewrite ltr_spaddr.
have mu_neq : mu != mu' by case: side => /andP[lo hi]; rewrite ?(lt_eqF hi) ?(gt_eqF lo).
pose e := `|mu - mu'| / (L + 1).
have e_gt0 : 0 < e by rewrite divr_gt0 // normr_gt0 subr_eq0.
exists e => // D D_ge0 bound y gy; have [s [/andP[s_ge0 s_lt1] gs _]] := nearer_point g_cpa side gy.
have r_ge0 : 0 <= 1 - s by rewrite subr_ge0 ltW.
set Y := gap2 x y; have Y_ge0 : 0 <= Y by exact: gap2_ge0.
have D_le : D ^+ 2 <= s ^+ 2 * Y by rewrite -(gap2_scale (segment_start x y s)); exact: bound.
have e_le : e ^+ 2 <= (1 - s) ^+ 2 * Y.
  have := lipschitz (segment x y s) y; rewrite gs gy (gap2_scale (segment_end x y s)) -/Y.
  set Z := _ * Y => le_L; have Z_ge0 : 0 <= Z by rewrite mulr_ge0 ?sqr_ge0.
  rewrite /e expr_div_n real_normK ?num_real // ler_pdivr_mulr ?exprn_gt0 //.
  apply: (le_trans le_L); rewrite mulrC ler_wpmul2l //.
  by rewrite expr2 (le_trans (_ : L <= L + 1)) ?ler_addl // ler_pmulr // ler_addr.
have De_le : D * e <= s * (1 - s) * Y.
  have De_ge0 : 0 <= D * e by rewrite mulr_ge0 // ltW.
  have sY_ge0 : 0 <= s * (1 - s) * Y by rewrite !mulr_ge0.
  rewrite -(@ler_pexpn2r _ 2) ?nnegrE // exprMn.
  apply: (le_trans (ler_pmul (sqr_ge0 _) (sqr_ge0 _) D_le e_le)).
  have -> : s ^+ 2 * Y * ((1 - s) ^+ 2 * Y) = (s * (1 - s) * Y) ^+ 2 by ring.
  exact: lexx.
have -> : (D + e) ^+ 2 = D ^+ 2 + e ^+ 2 + (D * e + D * e) by ring.
have -> : Y = s ^+ 2 * Y + (1 - s) ^+ 2 * Y + (s * (1 - s) * Y + s * (1 - s) * Y) by ring.
by rewrite !ler_add.
Qed.

Lemma distances_same_side g x mu mu' D D' :
  cpa g -> same_side (g x) mu mu' -> (exists z, g z = mu) ->
  is_distance x (fun z => g z = mu) D -> is_distance x (fun z => g z = mu') D' -> less D D'.
Proof.
move=> g_cpa side [z gz]; case: D => [r [_ r_ge0 r_inf] | /(_ z)]; last by [].
case: D' => [r' [_ r'_ge0 r'_inf] | //].
have [e e_gt0 margin] := gap g_cpa side.
have re_ge0 : 0 <= r + e by rewrite addr_ge0 // ltW.
have : r + e <= r' by apply/r'_inf => // y gy; apply: margin => //; apply/r_inf.
by apply: lt_le_trans; rewrite ltr_addl.
Qed.

End Distances.

Section Networks.

Variable R : realFieldType.

Lemma square_add (a b : R) : (a + b) ^+ 2 <= 2%:R * (a ^+ 2 + b ^+ 2).
Proof. by rewrite -subr_ge0 (_ : _ - _ = (a - b) ^+ 2) ?sqr_ge0 //; ring. Qed.

Lemma cpa_equal d (f g : 'rV[R]_d -> R) : f =1 g -> cpa f -> cpa g.
Proof.
move=> fg [f_pieces [L L_ge0 lipschitz]]; split=> [x y|].
  by apply: pieces_equal (f_pieces x y) => t _; exact: fg.
by exists L => // x y; rewrite -!fg.
Qed.

Lemma cpa_constant d (c : R) : cpa (fun _ : 'rV[R]_d => c).
Proof.
split=> [x y|]; first by apply: (@Piece _ _ _ _ 0 c); rewrite ?ler01 // => t _; ring.
by exists 0 => // x y; rewrite subrr expr0n mul0r.
Qed.

Lemma cpa_coordinate d (i : 'I_d) : cpa (fun x : 'rV[R]_d => x 0 i).
Proof.
split=> [x y|].
  apply: (@Piece _ _ _ _ (y 0 i - x 0 i) (x 0 i)); rewrite ?ler01 // => t _.
  by rewrite /segment !mxE addrC mulrC.
exists 1 => // x y; rewrite mul1r /gap2 /inner (bigD1 i) //= !mxE -expr2 ler_addl.
by apply: sumr_ge0 => k _; rewrite -expr2 sqr_ge0.
Qed.

Lemma cpa_add d (f g : 'rV[R]_d -> R) : cpa f -> cpa g -> cpa (fun x => f x + g x).
Proof.
move=> [f_pieces [L L_ge0 Lf]] [g_pieces [M M_ge0 Mg]]; split=> [x y|]; first exact: pieces_add.
exists (2%:R * (L + M)) => [|x y]; first by rewrite mulr_ge0 ?addr_ge0 // ler0n.
rewrite opprD addrACA; apply: (le_trans (square_add _ _)).
by rewrite -mulrA ler_pmul2l ?ltr0n // mulrDl ler_add.
Qed.

Lemma cpa_scale d (k : R) (g : 'rV[R]_d -> R) : cpa g -> cpa (fun x => k * g x).
Proof.
move=> [g_pieces [L L_ge0 Lg]]; split=> [x y|]; first exact: pieces_scale.
exists (k ^+ 2 * L) => [|x y]; first by rewrite mulr_ge0 ?sqr_ge0.
by rewrite -mulrBr exprMn -[_ * L * _]mulrA ler_wpmul2l ?sqr_ge0.
Qed.

Lemma cpa_sum d (I : finType) (g : I -> 'rV[R]_d -> R) :
  (forall i, cpa (g i)) -> cpa (fun x => \sum_i g i x).
Proof.
move=> g_cpa; elim: (index_enum I) => [|i s IH].
  by apply: cpa_equal (cpa_constant d 0) => x; rewrite big_nil.
by apply: cpa_equal (cpa_add (g_cpa i) IH) => x; rewrite big_cons.
Qed.

Lemma cpa_compose d phi (g : 'rV[R]_d -> R) :
  cpa_activation phi -> cpa g -> cpa (fun x => phi (g x)).
Proof.
move=> [phi_pieces [K K_ge0 Kphi]] [g_pieces [L L_ge0 Lg]]; split=> [x y|].
  exact: pieces_compose (g_pieces x y).
exists (K * L) => [|x y]; first exact: mulr_ge0.
by apply: (le_trans (Kphi _ _)); rewrite -mulrA ler_wpmul2l.
Qed.

(** The projection <w, z(x)> of a unit on the output of the network. *)
Lemma cpa_inner d n (w : 'rV[R]_n) (z : 'rV[R]_d -> 'rV[R]_n) :
  (forall i, cpa (fun x => z x 0 i)) -> cpa (fun x => inner w (z x)).
Proof. by move=> z_cpa; apply: cpa_sum => i; apply: cpa_scale. Qed.

Lemma network_cpa d n (net : network R d n) : cpa_network net ->
  forall k, cpa (fun x => output net x 0 k).
Proof.
elim: net => [_ k | m n' before IH w c mu sigma gamma beta phi [/IH before_cpa phi_cpa] k] /=.
  exact: cpa_coordinate.
apply: (@cpa_equal _ (fun x => phi (gamma k / sigma k * (inner (w k) (output before x))
    + (gamma k * (c k - mu k) / sigma k + beta k)))) => [x|].
  by rewrite mxE; congr phi; ring.
apply: cpa_compose phi_cpa _; apply: cpa_add (cpa_constant _ _).
by apply: cpa_scale; apply: cpa_inner.
Qed.

(** A leaky ReLU, with eta = 0 for ReLU and eta = -1 for the absolute value, is a CPA activation;
    and so is every function with finitely many bends, a t + b + sum_i s_i max(t - b_i, 0). *)
Definition leaky_relu (eta t : R) : R := if 0 <= t then t else eta * t.

Definition bent (a b : R) (bends : seq (R * R)) (t : R) : R :=
  a * t + b + \sum_(bend <- bends) bend.1 * leaky_relu 0 (t - bend.2).

Lemma pieces_leaky_relu eta (a b : R) : a <= b -> pieces (leaky_relu eta) a b.
Proof.
have right u v : 0 <= u -> u <= v -> pieces (leaky_relu eta) u v.
  move=> u_ge0 uv; apply: (@Piece _ _ _ _ 1 0) => // t /andP[ut _].
  by rewrite /leaky_relu (le_trans u_ge0 ut) mul1r addr0.
have left u v : v <= 0 -> u <= v -> pieces (leaky_relu eta) u v.
  move=> v_le0 uv; apply: (@Piece _ _ _ _ eta 0) => // t /andP[_ tv].
  rewrite /leaky_relu addr0; case: ifP => // t_ge0.
  have -> : t = 0 by apply/le_anti; rewrite t_ge0 (le_trans tv v_le0).
  by rewrite mulr0.
move=> ab; have [a_ge0 | /ltW a_le0] := leP 0 a; first exact: right.
have [b_le0 | /ltW b_ge0] := leP b 0; first exact: left.
by apply: (@Join _ _ _ 0); [apply: left | apply: right].
Qed.

Lemma leaky_relu_cpa eta : cpa_activation (leaky_relu eta).
Proof.
split=> [a b|]; first exact: pieces_leaky_relu.
have L_ge0 : 0 <= 1 + eta ^+ 2 by rewrite addr_ge0 ?ler01 ?sqr_ge0.
have mixed s t : 0 <= s -> t <= 0 -> (s - eta * t) ^+ 2 <= (1 + eta ^+ 2) * (s - t) ^+ 2.
  move=> s_ge0 t_le0; rewrite -subr_ge0.
  have -> : (1 + eta ^+ 2) * (s - t) ^+ 2 - (s - eta * t) ^+ 2
    = (eta * s + t) ^+ 2 + 2%:R * (s * - t) * (1 + eta ^+ 2) by ring.
  by rewrite addr_ge0 ?sqr_ge0 // !mulr_ge0 ?ler0n ?oppr_ge0.
exists (1 + eta ^+ 2) => // s t; rewrite /leaky_relu.
case: (leP 0 s) => [s_ge0 | /ltW s_le0]; case: (leP 0 t) => [t_ge0 | /ltW t_le0].
- by rewrite ler_pemull ?sqr_ge0 // ler_addl sqr_ge0.
- exact: mixed.
- by rewrite -(opprB t) sqrrN -(opprB t) sqrrN; exact: mixed.
by rewrite -mulrBr exprMn ler_wpmul2r ?sqr_ge0 // ler_addr ler01.
Qed.

Lemma affine_cpa (p q : R) : cpa_activation (fun t => p * t + q).
Proof.
split=> [a b|]; first exact: pieces_affine.
by exists (p ^+ 2) => [|s t]; rewrite ?sqr_ge0 // le_eqVlt; apply/orP; left; apply/eqP; ring.
Qed.

Lemma add_cpa (phi psi : R -> R) : cpa_activation phi -> cpa_activation psi ->
  cpa_activation (fun t => phi t + psi t).
Proof.
move=> [phi_pieces [L L_ge0 Lphi]] [psi_pieces [M M_ge0 Mpsi]].
split=> [a b ab|]; first by apply: pieces_add; [exact: phi_pieces | exact: psi_pieces].
exists (2%:R * (L + M)) => [|s t]; first by rewrite mulr_ge0 ?addr_ge0 // ler0n.
rewrite opprD addrACA; apply: (le_trans (square_add _ _)).
by rewrite -mulrA ler_pmul2l ?ltr0n // mulrDl ler_add.
Qed.

Lemma compose_cpa (phi psi : R -> R) : cpa_activation phi -> cpa_activation psi ->
  cpa_activation (fun t => phi (psi t)).
Proof.
move=> [phi_pieces [L L_ge0 Lphi]] [psi_pieces [M M_ge0 Mpsi]].
split=> [a b ab|]; first by apply: pieces_compose => //; exact: psi_pieces.
exists (L * M) => [|s t]; first exact: mulr_ge0.
by apply: (le_trans (Lphi _ _)); rewrite -mulrA ler_wpmul2l.
Qed.

Lemma equal_cpa (phi psi : R -> R) : phi =1 psi -> cpa_activation phi -> cpa_activation psi.
Proof.
move=> eq [phi_pieces [L L_ge0 Lphi]]; split=> [a b ab|].
  by apply: pieces_equal (phi_pieces a b ab) => t _; exact: eq.
by exists L => // s t; rewrite -!eq.
Qed.

Lemma bent_cpa a b bends : cpa_activation (bent a b bends).
Proof.
elim: bends => [|[slope at_] bends IH].
  by apply: equal_cpa (affine_cpa a b) => t; rewrite /bent big_nil addr0.
have shifted := compose_cpa (leaky_relu_cpa 0) (affine_cpa 1 (- at_)).
apply: equal_cpa (add_cpa (compose_cpa (affine_cpa slope 0) shifted) IH) => t.
by rewrite /bent big_cons mul1r addr0 [RHS]addrCA.
Qed.

(** Without 'F not empty' it fails: the network of no layers on R^0 is 0, and F = F' = {} for mu =
    1 and mu' = 2. Without 'same side' theorem-2 is a counterexample. *)
Example both_empty (net := Input : network R 0 0) (w x : 'rV[R]_0) :
  let F mu y := inner w (output net y) + 0 = mu in
  [/\ cpa_network net, same_side (inner w (output net x) + 0) 1 2%:R,
      is_distance x (F 1) None, is_distance x (F 2%:R) None & ~ less (None : option R) None].
Proof.
have value y : inner w y + 0 = 0 by rewrite /inner big_ord0 addr0.
split=> //=; first by left; rewrite value ler01 ltr1n.
  by move=> y /eqP; rewrite value eq_sym oner_eq0.
by move=> y /eqP; rewrite value eq_sym pnatr_eq0.
Qed.

Theorem theorem_2_same_side d n (net : network R d n) (w : 'rV[R]_n) (c : R)
    (x : 'rV[R]_d) (mu mu' : R) (D D' : option R) :
  let g x := inner w (output net x) + c in
  let F x := g x = mu in
  let F' x := g x = mu' in
  forall
    (activations : cpa_network net)
    (between : same_side (g x) mu mu')
    (F_not_empty : exists z, F z)
    (to_F : is_distance x F D)
    (to_F' : is_distance x F' D'),
  less D D'.
Proof.
move=> g F F' activations between F_not_empty; apply: distances_same_side => //.
apply: cpa_add (cpa_constant _ _); apply: cpa_inner; exact: network_cpa.
Qed.

(** The same where no infimum is asked for. *)
Theorem theorem_2_same_side_points d n (net : network R d n) (w : 'rV[R]_n) (c : R)
    (x y : 'rV[R]_d) (mu mu' : R) :
  let g x := inner w (output net x) + c in
  forall
    (activations : cpa_network net)
    (between : same_side (g x) mu mu')
    (on_F' : g y = mu'),
  exists2 z, g z = mu & gap2 x z < gap2 x y.
Proof.
move=> g activations between on_F'.
have g_cpa : cpa g by apply: cpa_add (cpa_constant _ _); apply: cpa_inner; exact: network_cpa.
by have [s [_ gz near]] := nearer_point g_cpa between on_F'; exists (segment x y s).
Qed.

End Networks.

Print Assumptions theorem_2_same_side.
Print Assumptions theorem_2_same_side_points.
