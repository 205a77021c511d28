(** The normals, and the angles, of a folded hyperplane of layer 2 on two adjacent regions of
    layer 1 (Theorem 3, Eq. 23-26).

    The statement. Unit m of layer 1 has the pre-activation h_m(x) = gamma_m (<w_m, x> + c_m -
    mu_m) / sigma_m + beta_m and the output a_m(h_m(x)), where a_m is piecewise affine. A unit of
    layer 2 has g(x) = sum_m w2_m a_m(h_m(x)) + c2, and F = {g = mu2}. On a region omega of
    layer 1 each unit m stays on one piece of a_m, of slope q_m. There F is part of a hyperplane
    of normal n = W_1^T D w2, D = diag(q_m gamma_m / sigma_m). Let the region omega', of slopes
    q_m', be adjacent across a wall of normal w, on the hyperplanes of the units i that change
    their slope. Then n - n' = sum_i (q_i - q_i') (gamma_i w2_i / sigma_i) w_i. The angles of the
    facets with H_i and with each other are those of n, n' and w_i; and the half-facets that meet
    at the wall do so at the angle pi - arccos(<n, n'> / (||n|| ||n'||)).

    Why it holds.
    1. On omega the output of unit m is q_m h_m(x) + k_m, that is q_m gamma_m / sigma_m <w_m, x>
       plus a constant. So g(x) = <n, x> + constant ([slope_on_region]), and F consists on omega
       of the points that differ from one of its points by a vector orthogonal to n.
    2. The terms of the units that keep their slope cancel in n - n' ([fold]).
    3. The inequality of Cauchy and Schwarz keeps cos^2 between 0 and 1, and cos^2 = 1 only for
       parallel normals ([cosine_bounds], [cosine_parallel]).
    4. Each w_i is a multiple of w, so n' = n + t w. A half-facet enters omega along the vector v
       that is orthogonal to n and to the ridge, with <v, w> > 0. It is a positive multiple of
       <n, n> w - <n, w> n ([half_facet_direction]). In the same way v' is a positive multiple of
       <n', w> n' - <n', n'> w.
    5. With G = <n, n> <w, w> - <n, w>^2, which is the same for n', these two have the inner
       product -G <n, n'> and the squared norms G <n, n> and G <n', n'>: the cosine is that of n
       and -n' ([dihedral]).

    Eq. 24-26 say what the cosine of two vectors is, and hold by its definition, with 0 where one is
    0; the substance is that n and n' are the normals of the facets, their fold, and the angle.

    What is general: any dimension and width, any real field R, any activation that is affine on
    pieces, any gamma, beta, biases and statistics, and any number of units that share the wall
    (of one unit i alone, w = w_i). Angles are given by cos |cos|, which has the sign and the
    square of the cosine, hence determines the angle. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Angles.

Variables (R : realFieldType) (d : nat).
Implicit Types (u v w n r : 'rV[R]_d) (t : R).

(** <u, v>, and the angle of two vectors as cos |cos|. *)
Definition inner u v : R := \sum_i u 0 i * v 0 i.

Definition cosine u v : R := inner u v * `|inner u v| / (inner u u * inner v v).

(** v enters the side <., w> > 0 of a wall along the hyperplane of normal n, at a right angle to
    the ridge, which consists of the vectors orthogonal to both n and w. *)
Definition half_facet n w v : Prop :=
  [/\ inner v n = 0, 0 < inner v w & forall r, inner r n = 0 -> inner r w = 0 -> inner v r = 0].

Lemma innerC u v : inner u v = inner v u.
Proof. by apply: eq_bigr => i _; rewrite mulrC. Qed.

Lemma innerDl u v w : inner (u + v) w = inner u w + inner v w.
Proof. by rewrite -big_split; apply: eq_bigr => i _; rewrite mxE mulrDl. Qed.

Lemma innerZl t u v : inner (t *: u) v = t * inner u v.
Proof. by rewrite mulr_sumr; apply: eq_bigr => i _; rewrite mxE mulrA. Qed.

Lemma innerDr u v w : inner w (u + v) = inner w u + inner w v.
Proof. by rewrite innerC innerDl !(innerC w). Qed.

Lemma innerZr t u v : inner v (t *: u) = t * inner v u.
Proof. by rewrite innerC innerZl innerC. Qed.

Lemma innerN u v : inner (- u) v = - inner u v.
Proof. by rewrite -scaleN1r innerZl mulN1r. Qed.

Lemma innerNr u v : inner u (- v) = - inner u v.
Proof. by rewrite innerC innerN innerC. Qed.

Lemma inner0l v : inner 0 v = 0.
Proof. by rewrite /inner big1 // => i _; rewrite mxE mul0r. Qed.

Lemma inner_suml (I : finType) (f : I -> 'rV[R]_d) v : inner (\sum_k f k) v = \sum_k inner (f k) v.
Proof. by apply: (big_morph (inner^~ v)) => [x y|]; rewrite ?innerDl ?inner0l. Qed.

Lemma square_ge0 u : 0 <= inner u u.
Proof. by apply: sumr_ge0 => i _; rewrite -expr2 sqr_ge0. Qed.

Lemma square_eq0 u : inner u u = 0 -> u = 0.
Proof.
move=> zero; apply/rowP => i; rewrite mxE; apply/eqP; rewrite -sqrf_eq0 expr2.
have nonneg k : true -> 0 <= u 0 k * u 0 k by rewrite -expr2 sqr_ge0.
by move/eqP: zero; rewrite psumr_eq0 // => /allP/(_ i); rewrite mem_index_enum => /(_ isT).
Qed.

Lemma square_gt0 u : u != 0 -> 0 < inner u u.
Proof. by move=> nz; rewrite lt_def square_ge0 andbT; apply: contraNneq nz => /square_eq0 ->. Qed.

(** ||u||^2 times the squared distance of v from the line of u. *)
Definition gram u v : R := inner u u * inner v v - inner u v ^+ 2.

Lemma gramE u v :
  inner u u * gram u v = inner (inner u u *: v - inner u v *: u) (inner u u *: v - inner u v *: u).
Proof.
rewrite -scaleNr !(innerDl, innerDr, innerZl, innerZr) (innerC v u) /gram; ring.
Qed.

Lemma gram_ge0 u v : 0 <= gram u v.
Proof.
have [-> | nz] := eqVneq u 0; first by rewrite /gram !inner0l mul0r expr0n subrr.
by rewrite -(pmulr_rge0 _ (square_gt0 nz)) gramE square_ge0.
Qed.

Lemma gram_eq0 u v : u != 0 -> gram u v = 0 -> v = (inner u v / inner u u) *: u.
Proof.
move=> nz zero; have /square_eq0/eqP : inner (inner u u *: v - inner u v *: u)
    (inner u u *: v - inner u v *: u) = 0 by rewrite -gramE zero mulr0.
rewrite subr_eq0 => /eqP parallel.
by rewrite mulrC -scalerA -parallel scalerA mulVf ?scale1r ?gt_eqF ?square_gt0.
Qed.

(** -1 <= cos <= 1, and cos^2 = 1 only for parallel vectors. *)
Lemma cosine_norm u v : `|cosine u v| = inner u v ^+ 2 / (inner u u * inner v v).
Proof.
rewrite /cosine !normrM normfV normrM normr_id -expr2 real_normK ?num_real //.
by rewrite !ger0_norm ?mulr_ge0 ?square_ge0.
Qed.

Lemma cosine_bounds u v : u != 0 -> v != 0 -> `|cosine u v| <= 1.
Proof.
move=> unz vnz; rewrite cosine_norm ler_pdivr_mulr ?mul1r ?mulr_gt0 ?square_gt0 //.
by rewrite -subr_ge0 gram_ge0.
Qed.

Lemma cosine_parallel u v : u != 0 -> v != 0 -> (`|cosine u v| = 1 <-> exists t, v = t *: u).
Proof.
move=> unz vnz; have positive := square_gt0 unz; have positive' := square_gt0 vnz.
rewrite cosine_norm; split=> [one | [t vE]].
  exists (inner u v / inner u u); apply: gram_eq0 => //.
  by rewrite /gram (divr1_eq one) subrr.
have tnz : t != 0 by apply: contraNneq vnz => t0; rewrite vE t0 scale0r.
rewrite vE !(innerZl, innerZr); field.
by rewrite tnz gt_eqF.
Qed.

Lemma cosineZ s t u v : 0 < s -> 0 < t -> u != 0 -> v != 0 -> cosine (s *: u) (t *: v) = cosine u v.
Proof.
move=> s_gt0 t_gt0 unz vnz; have norm : `|inner (s *: u) (t *: v)| = s * (t * `|inner u v|).
  by rewrite innerZl innerZr !normrM (gtr0_norm s_gt0) (gtr0_norm t_gt0).
rewrite /cosine norm !(innerZl, innerZr); field.
by rewrite !gt_eqF ?square_gt0.
Qed.

(** What orthogonality to n and to the ridge leaves of v. *)
Lemma half_facet_direction n w v : n != 0 -> half_facet n w v ->
  0 < gram n w /\ v = (inner v w / gram n w) *: (inner n n *: w - inner n w *: n).
Proof.
move=> nnz [vn vw ridge]; have G_gt0 : 0 < gram n w.
  rewrite lt_def gram_ge0 andbT; apply/eqP => /(gram_eq0 nnz) wE.
  by move: vw; rewrite wE innerZr vn mulr0 ltxx.
split=> //; set v0 := (X in _ = _ *: X); set t := _ / _.
have v0n : inner v0 n = 0 by rewrite innerDl innerN !innerZl (innerC w); ring.
have v0w : inner v0 w = gram n w by rewrite innerDl innerN !innerZl /gram; ring.
have rest u : inner (v - t *: v0) u = inner v u - t * inner v0 u by rewrite innerDl innerN innerZl.
have rn : inner (v - t *: v0) n = 0 by rewrite rest vn v0n; ring.
have rw : inner (v - t *: v0) w = 0 by rewrite rest v0w /t divfK ?subrr // gt_eqF.
apply/eqP; rewrite -subr_eq0; apply/eqP/square_eq0; rewrite {1}rest (ridge _ rn rw).
rewrite {1}/v0 innerDl innerN !innerZl (innerC w (_ - _)) (innerC n (_ - _)) rn rw; ring.
Qed.

(** The half-facets meet at the angle of n and -n', which is pi minus that of n and n'. *)
Lemma dihedral n n' w t v v' : n' = n + t *: w -> n != 0 -> n' != 0 ->
  half_facet n w v -> half_facet n' (- w) v' -> cosine v v' = - cosine n n'.
Proof.
move=> n'E nnz n'nz into into'.
have [G_gt0 vE] := half_facet_direction nnz into.
have [G'_gt0 v'E] := half_facet_direction n'nz into'.
have [[_ vw _] [_ v'w _]] := (into, into').
set v0 := (X in v = _ *: X) in vE; set v1 := (X in v' = _ *: X) in v'E.
have GE : gram n' (- w) = gram n w.
  rewrite /gram !(innerN, innerNr) n'E !(innerDl, innerDr, innerZl, innerZr) (innerC w n); ring.
have v0v0 : inner v0 v0 = inner n n * gram n w by rewrite gramE.
have v1v1 : inner v1 v1 = inner n' n' * gram n w by rewrite -GE gramE.
have v0v1 : inner v0 v1 = - (gram n w * inner n n').
  rewrite /v0 /v1 /gram n'E !(innerN, innerNr, innerDl, innerDr, innerZl, innerZr) (innerC w n).
  ring.
have v0nz : v0 != 0.
  by apply/eqP => z; move: (mulr_gt0 (square_gt0 nnz) G_gt0); rewrite -v0v0 z inner0l ltxx.
have v1nz : v1 != 0.
  by apply/eqP => z; move: (mulr_gt0 (square_gt0 n'nz) G_gt0); rewrite -v1v1 z inner0l ltxx.
have norm : `|- (gram n w * inner n n')| = gram n w * `|inner n n'|.
  by rewrite normrN normrM (gtr0_norm G_gt0).
rewrite vE v'E cosineZ ?divr_gt0 // /cosine v0v0 v1v1 v0v1 norm; field.
by rewrite !gt_eqF ?square_gt0.
Qed.

End Angles.

Section TwoLayers.

(** A first layer of K units in R^d, with any statistics, and a unit of layer 2. *)
Variables (R : realFieldType) (d K : nat).
Variables (W : 'I_K -> 'rV[R]_d) (c mu sigma gamma beta : 'I_K -> R) (a : 'I_K -> R -> R).
Variables (w2 : 'I_K -> R) (c2 : R).

(** h_m, the unit of layer 2, and its folded hyperplane at an offset (Eq. 10). *)
Definition preactivation (m : 'I_K) (x : 'rV[R]_d) : R :=
  gamma m * (inner (W m) x + c m - mu m) / sigma m + beta m.

Definition projection (x : 'rV[R]_d) : R := \sum_m w2 m * a m (preactivation m x) + c2.

Definition folded (mu2 : R) (x : 'rV[R]_d) : Prop := projection x = mu2.

(** On the region every unit is on one piece, with the slopes q (Eq. 23). *)
Definition has_slopes (region : 'rV[R]_d -> Prop) (q : 'I_K -> R) : Prop :=
  forall m, exists k, forall x, region x -> a m (preactivation m x) = q m * preactivation m x + k.

(** n = W_1^T D w_2. *)
Definition normal (q : 'I_K -> R) : 'rV[R]_d := \sum_m (q m * gamma m / sigma m * w2 m) *: W m.

Lemma slope_on_region region q : has_slopes region q ->
  forall x y, region x -> region y -> projection y - projection x = inner (normal q) (y - x).
Proof.
move=> slopes x y x_in y_in; rewrite /projection opprD addrACA subrr addr0 -sumrB inner_suml.
apply: eq_bigr => m _; have [k piece] := slopes m.
rewrite !piece // /preactivation innerZl innerDr innerNr; ring.
Qed.

Lemma fold q q' :
  normal q - normal q' = \sum_(i | q i != q' i) ((q i - q' i) * (gamma i * w2 i / sigma i)) *: W i.
Proof.
rewrite -sumrB [RHS]big_mkcond; apply: eq_bigr => i _; rewrite -scalerBl.
by case: eqP => [-> | _]; rewrite ?subrr ?scale0r //; congr (_ *: _); ring.
Qed.

(** With unit normals u_m = w_m / r_m and delta_m = sigma_m / r_m, where r_m^2 = ||w_m||^2. *)
Lemma normal_of_unit_normals q (r : 'I_K -> R) : (forall m, r m != 0) ->
  normal q = \sum_m (q m * gamma m * w2 m / (sigma m / r m)) *: ((r m)^-1 *: W m).
Proof.
move=> norms; apply: eq_bigr => m _; rewrite scalerA invf_div; congr (_ *: _).
by rewrite -[RHS]mulrA (mulrAC (r m)) divff // mul1r mulrAC.
Qed.

Theorem theorem_3 (omega omega' : 'rV[R]_d -> Prop) (q q' : 'I_K -> R)
    (w : 'rV[R]_d) (multiple : 'I_K -> R)
    (on_omega : has_slopes omega q)
    (on_omega' : has_slopes omega' q')
    (wall : forall i, q i != q' i -> W i = multiple i *: w)
    (facet : normal q != 0)
    (facet' : normal q' != 0) :
  let: (n, n') := (normal q, normal q') in
  [/\ (* On each region F is part of hyperplanes, of normals n and n'. *)
      forall mu2 x y, folded mu2 x ->
        (omega x -> omega y -> (folded mu2 y <-> inner n (y - x) = 0))
        /\ (omega' x -> omega' y -> (folded mu2 y <-> inner n' (y - x) = 0)),
      (* The fold. *)
      n - n' = \sum_(i | q i != q' i) ((q i - q' i) * (gamma i * w2 i / sigma i)) *: W i,
      (* Eq. 24-26, squared. *)
      [/\ forall i, `|cosine n (W i)| = inner n (W i) ^+ 2 / (inner n n * inner (W i) (W i)),
          forall i, `|cosine n' (W i)| = inner n' (W i) ^+ 2 / (inner n' n' * inner (W i) (W i))
        & `|cosine n n'| = inner n n' ^+ 2 / (inner n n * inner n' n')]
    & (* The half-facets, where omega lies on the side <., w> > 0 of the wall. *)
      forall v v', half_facet n w v -> half_facet n' (- w) v' -> cosine v v' = - cosine n n'].
Proof.
split; [| exact: fold | by split=> *; rewrite cosine_norm |].
  move=> mu2 x y x_on; have same region p : has_slopes region p -> region x -> region y ->
      folded mu2 y <-> inner (normal p) (y - x) = 0.
    move=> slopes x_in y_in; rewrite -(slope_on_region slopes) // x_on.
    by split=> [-> | /eqP]; rewrite ?subrr // subr_eq0 => /eqP.
  by split; exact: same.
move=> v v'.
pose t := \sum_(i | q i != q' i) (q' i - q i) * (gamma i * w2 i / sigma i) * multiple i.
apply: (@dihedral _ _ _ _ w t) => //; apply/eqP; rewrite addrC -subr_eq -opprB fold.
rewrite -sumrN scaler_suml; apply/eqP/eq_bigr => i /wall ->.
by rewrite scalerA -scaleNr; congr (_ *: _); ring.
Qed.

End TwoLayers.

(** The hypotheses can be met: ReLU units with the rows (1, 0) and (0, 1), and w2 = (1, 1). Across
    H_1 above the axis the normals are (1, 1) and (0, 1), and the half-facets go along (1, -1) and
    (-1, 0), at cos |cos| = -1/2, which is an angle of 135 degrees. *)

Section Example.

Variable R : realFieldType.

Definition vector (s t : R) : 'rV[R]_2 := \row_i (if i == 0 then s else t).

Definition rows (m : 'I_2) : 'rV[R]_2 := if m == 0 then vector 1 0 else vector 0 1.

Definition relu (_ : 'I_2) (t : R) : R := if 0 <= t then t else 0.

Local Notation ones := (fun _ : 'I_2 => 1 : R).
Local Notation zeros := (fun _ : 'I_2 => 0 : R).
Local Notation slopes := (has_slopes rows zeros zeros ones ones zeros relu).
Local Notation n := (normal rows ones ones ones).

Lemma inner2 (u v : 'rV[R]_2) : inner u v = u 0 0 * v 0 0 + u 0 1 * v 0 1.
Proof.
by rewrite /inner big_ord_recl big_ord1 (_ : lift ord0 ord0 = 1 :> 'I_2) //; apply/val_inj.
Qed.

Lemma unit_cases (m : 'I_2) : m = 0 \/ m = 1.
Proof. by case: m => [[|[|//]] lt_m2]; [left | right]; apply/val_inj. Qed.

Definition before (m : 'I_2) : R := if m == 0 then 0 else 1.

Example ridge :
  [/\ slopes (fun x => 0 <= x 0 0 /\ 0 <= x 0 1) ones,
      slopes (fun x => x 0 0 <= 0 /\ 0 <= x 0 1) before,
      n ones = vector 1 1 /\ n before = vector 0 1,
      half_facet (n ones) (vector 1 0) (vector 1 (- 1))
        /\ half_facet (n before) (- vector 1 0) (vector (- 1) 0)
    & cosine (vector 1 (- 1)) (vector (- 1) 0) = - 2%:R^-1].
Proof.
have preactivationE m x : preactivation rows zeros zeros ones ones zeros m x = x 0 m.
  rewrite /preactivation inner2 mul1r divr1 !subr0 !addr0.
  by case: (unit_cases m) => ->; rewrite !mxE /= ?mul1r ?mul0r ?addr0 ?add0r.
have normalE q : n q = vector (q 0) (q 1).
  apply/rowP => i; rewrite /normal summxE big_ord_recl big_ord1 (_ : lift ord0 ord0 = 1 :> 'I_2);
    last exact/val_inj.
  by case: (unit_cases i) => ->; rewrite !mxE /= !divr1 !mulr1 ?mulr0 ?addr0 ?add0r.
split.
- move=> m; exists 0 => x [x0 x1]; rewrite preactivationE /relu mul1r addr0.
  by case: (unit_cases m) => ->; rewrite ?x0 ?x1.
- move=> m; exists 0 => x [x0 x1]; rewrite preactivationE /relu addr0 /before.
  case: (unit_cases m) => -> /=; rewrite ?mul0r ?mul1r ?x1 //.
  by case: ifP => // x0'; apply/le_anti/andP.
- by rewrite !normalE.
- rewrite !normalE; split; split; rewrite ?inner2 ?mxE /=.
  1-6: rewrite ?(mulr0, mul0r, mulr1, mul1r, mulN1r, mulrN1, opprK, addr0, add0r).
  1-6: rewrite ?(subrr, subr0, oppr0, ltr01) //.
  + move=> r; rewrite !inner2 !mxE /= !mulr1 mulr0 addr0 => rn rw.
    by move: rn; rewrite rw add0r => ->; rewrite !mulr0 addr0.
  + move=> r; rewrite !inner2 !mxE /= => _.
    by rewrite oppr0 mulr0 mul0r !addr0 mulrN1 mulN1r.
rewrite /cosine !inner2 !mxE /= !(mulr0, mul0r, mulr1, mul1r, mulN1r, mulrN1, opprK, addr0, add0r).
by rewrite subr0 normrN1 mulr1 mulN1r -(natrD _ 1 1).
Qed.

End Example.

Print Assumptions theorem_3.
