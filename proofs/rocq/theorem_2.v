(** Theorem 2 as stated is false: a hyperplane nearer to z_1(x) can fold to one farther from x.

    The statement. A unit of layer 2 has the row w and two offsets mu and mu', all else is fixed.
    With g(x) = <w, z_1(x)>, the hyperplanes are H = {z : <w, z> = mu} and H', and the folded
    hyperplanes F = {x : g(x) = mu} and F'. It says that d(z_1(x), H) < d(z_1(x), H') implies
    d(x, F) < d(x, F').

    Why it fails.
    1. Let d = 1, and let layer 1 be one unit with the row (1), normalised on the batch {1, -1}: the
       mean is 0 and the variance 1. With a leaky ReLU of slope 1/10, z_1(x) = x for x >= 0, and
       x/10 for x < 0. Layer 2 has the row (1), so g = z_1.
    2. Let x = 0, mu = -1/2, mu' = 1. Then z_1(x) = 0, H = {-1/2} and H' = {1}: the distances are
       1/2 < 1.
    3. F = {-5} and F' = {1}, so the distances are 5 > 1.

    What is general. Only layer l = 2 is asked about, with hypotheses that the statement does not
    have: layer 1 has nonzero rows, the exact statistics of its batch, beta = 0, gamma = 1 and a
    leaky ReLU with 0 < eta < 1, and neither F nor F' is empty. Even so it is false, over every real
    field R. *)

From mathcomp Require Import all_ssreflect all_algebra.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Definitions.

Variable R : realFieldType.

(** <u, v> of two vectors of R^n. *)
Definition inner n (u v : 'rV[R]_n) : R := \sum_i u 0 i * v 0 i.

(** D = inf {||p - q|| : q in S}, for S not empty: the numbers E >= 0 that are at most D are those
    that bound every ||p - q|| from below, in squares. *)
Definition is_distance n (p : 'rV[R]_n) (S : 'rV[R]_n -> Prop) (D : R) : Prop :=
  [/\ exists q, S q, 0 <= D
    & forall E, 0 <= E -> (E <= D <-> forall q, S q -> E ^+ 2 <= inner (p - q) (p - q))].

(** Mean and biased variance over a batch of N + 1 numbers (Eq. 3). *)
Definition mean N (t : 'I_N.+1 -> R) : R := (\sum_n t n) / N.+1%:R.

Definition variance N (t : 'I_N.+1 -> R) : R := mean (fun n => (t n - mean t) ^+ 2).

Definition leaky_relu (eta t : R) : R := if 0 <= t then t else eta * t.

(** z_1(x): unit k is a((<w_k, x> - mu_k) / sigma_k), with mu_k the mean over the batch (Eq. 2). *)
Definition layer_1 d K N (batch : 'I_N.+1 -> 'rV[R]_d) (W : 'I_K -> 'rV[R]_d) (sigma : 'I_K -> R)
    (eta : R) (x : 'rV[R]_d) : 'rV[R]_K :=
  \row_k leaky_relu eta ((inner (W k) x - mean (fun n => inner (W k) (batch n))) / sigma k).

(** H = {z : <w, z> = mu} (Eq. 5), and F = {x : z_1(x) is on H} (Eq. 10). *)
Definition hyperplane K (w : 'rV[R]_K) (mu : R) : 'rV[R]_K -> Prop := fun z => inner w z = mu.

Definition folded d K (z_1 : 'rV[R]_d -> 'rV[R]_K) (w : 'rV[R]_K) (mu : R) : 'rV[R]_d -> Prop :=
  fun x => hyperplane w mu (z_1 x).

(** Theorem 2 as stated, for layer l = 2. *)
Definition theorem_2_as_stated : Prop :=
  forall (d K N : nat) (batch : 'I_N.+1 -> 'rV[R]_d) (W : 'I_K -> 'rV[R]_d) (sigma : 'I_K -> R)
    (eta : R) (w : 'rV[R]_K) (x : 'rV[R]_d) (mu mu' DH DH' DF DF' : R),
  let z_1 := layer_1 batch W sigma eta in
  forall
    (rows_nonzero : forall k, W k != 0)
    (row_nonzero : w != 0)
    (sigma_positive : forall k, 0 < sigma k)
    (statistics : forall k, sigma k ^+ 2 = variance (fun n => inner (W k) (batch n)))
    (leaky : 0 < eta < 1)
    (to_H : is_distance (z_1 x) (hyperplane w mu) DH)
    (to_H' : is_distance (z_1 x) (hyperplane w mu') DH')
    (to_F : is_distance x (folded z_1 w mu) DF)
    (to_F' : is_distance x (folded z_1 w mu') DF')
    (nearer : DH < DH'),
  DF < DF'.

End Definitions.

(** The counterexample. *)

Section Counterexample.

Variable R : realFieldType.

Local Notation point := (const_mx : R -> 'rV[R]_1).

Definition batch (n : 'I_2) : 'rV[R]_1 := point ((-1) ^+ n).
Definition rows (_ : 'I_1) : 'rV[R]_1 := point 1.
Definition sigma (_ : 'I_1) : R := 1.
Definition eta : R := 10%:R^-1.

Local Notation z_1 := (layer_1 batch rows sigma eta).

Lemma innerE (u v : 'rV[R]_1) : inner u v = u 0 0 * v 0 0.
Proof. by rewrite /inner big_ord1. Qed.

Lemma pointP (x : 'rV[R]_1) : x = point (x 0 0).
Proof. by apply/rowP => i; rewrite mxE (ord1 i). Qed.

(** A set of one point a: its distance to 0 is |a|. *)
Lemma distance_to_point (S : 'rV[R]_1 -> Prop) (a D : R) :
  (forall q, S q <-> q = point a) -> D = `|a| -> is_distance (point 0) S D.
Proof.
move=> only ->; split; [by exists (point a); apply/only | exact: normr_ge0 |].
move=> E E_ge0; have gap : inner (point 0 - point a) (point 0 - point a) = `|a| ^+ 2.
  by rewrite innerE !mxE sub0r mulrNN -expr2 real_normK // num_real.
split=> [le_ED q /only -> | bound].
  by rewrite gap ler_pexpn2r // ?nnegrE // (le_trans E_ge0 le_ED).
by rewrite -(@ler_pexpn2r _ 2) ?nnegrE ?normr_ge0 // -gap; apply/bound/only.
Qed.

Lemma batch_mean k : mean (fun n => inner (rows k) (batch n)) = 0.
Proof.
rewrite /mean /batch /rows big_ord_recl big_ord1 !innerE !mxE /= expr1.
by rewrite !mul1r subrr mul0r.
Qed.

Lemma batch_variance k : variance (fun n => inner (rows k) (batch n)) = 1.
Proof.
rewrite /variance batch_mean /mean /batch /rows big_ord_recl big_ord1 !innerE !mxE /= expr1.
by rewrite !mul1r !subr0 sqrrN expr1n -(natrD _ 1 1) divff // pnatr_eq0.
Qed.

(** z_1 is the leaky ReLU, and H = {mu}. *)
Lemma z_1E x : z_1 x = point (leaky_relu eta (x 0 0)).
Proof. by apply/rowP => k; rewrite !mxE batch_mean innerE mxE mul1r subr0 divr1. Qed.

Lemma on_H mu z : hyperplane (point 1) mu z <-> z = point mu.
Proof.
rewrite /hyperplane innerE mxE mul1r; split=> [<- | ->]; [exact: pointP | by rewrite mxE].
Qed.

Lemma eta_gt0 : 0 < eta.
Proof. by rewrite invr_gt0 ltr0n. Qed.

(** F = {mu} for mu >= 0, and F = {10 mu} for mu < 0. *)
Lemma on_F mu x :
  folded z_1 (point 1) mu x <-> x = point (if 0 <= mu then mu else 10%:R * mu).
Proof.
have eta_ten : eta * 10%:R = 1 by rewrite mulVf // pnatr_eq0.
have eta_sign t : (0 <= eta * t) = (0 <= t) by rewrite pmulr_rge0 // eta_gt0.
have ten_sign t : (0 <= 10%:R * t :> R) = (0 <= t) by rewrite pmulr_rge0 // ltr0n.
rewrite /folded z_1E on_H; split=> [z_mu | ->].
  have <- : leaky_relu eta (x 0 0) = mu by move/rowP: z_mu => /(_ 0); rewrite !mxE.
  rewrite [LHS]pointP /leaky_relu; congr (point _).
  case sign: (0 <= x 0 0); first by rewrite sign.
  by rewrite eta_sign sign mulrA [_ * eta]mulrC eta_ten mul1r.
congr (point _); rewrite mxE /leaky_relu; case sign: (0 <= mu); first by rewrite sign.
by rewrite ten_sign sign mulrA eta_ten mul1r.
Qed.

(** x = 0, mu = -1/2 and mu' = 1: the distances are 1/2 < 1 to H and H', and 5 > 1 to F and F'. *)
Lemma half_gt0 : 0 < 2%:R^-1 :> R.
Proof. by rewrite invr_gt0 ltr0n. Qed.

Lemma negative : (0 <= - 2%:R^-1 :> R) = false.
Proof. by rewrite oppr_ge0 leNgt half_gt0. Qed.

Lemma distances :
  [/\ is_distance (z_1 (point 0)) (hyperplane (point 1) (- 2%:R^-1)) 2%:R^-1,
      is_distance (z_1 (point 0)) (hyperplane (point 1) 1) 1,
      is_distance (point 0) (folded z_1 (point 1) (- 2%:R^-1)) 5%:R
    & is_distance (point 0) (folded z_1 (point 1) 1) 1].
Proof.
have z_0 : z_1 (point 0) = point 0 by rewrite z_1E mxE /leaky_relu lexx.
have half : 2%:R^-1 = `|- 2%:R^-1| :> R by rewrite normrN gtr0_norm ?half_gt0.
have one : 1 = `|1| :> R by rewrite normr1.
have five : 5%:R = `|10%:R * (- 2%:R^-1)| :> R.
  rewrite mulrN normrN gtr0_norm ?pmulr_rgt0 ?half_gt0 ?ltr0n //.
  by rewrite (_ : 10 = 5 * 2)%N // natrM mulfK // pnatr_eq0.
split.
- by rewrite z_0; apply: distance_to_point half => q; exact: on_H.
- by rewrite z_0; apply: distance_to_point one => q; exact: on_H.
- by apply: distance_to_point five => q; rewrite on_F negative.
- by apply: distance_to_point one => q; rewrite on_F ler01.
Qed.

Theorem theorem_2 : ~ theorem_2_as_stated R.
Proof.
move=> stated; have [to_H to_H' to_F to_F'] := distances.
have nonzero : point 1 != 0 by apply/eqP => /rowP/(_ 0)/eqP; rewrite !mxE oner_eq0.
suff: 5%:R < 1 :> R by rewrite ltrn1.
apply: (stated _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ to_H to_H' to_F to_F') => //.
- by move=> k; rewrite ltr01.
- by move=> k; rewrite batch_variance expr1n.
- by rewrite eta_gt0 invf_lt1 ?ltr0n // ltr1n.
- by rewrite invf_lt1 ?ltr0n // ltr1n.
Qed.

End Counterexample.

Print Assumptions theorem_2.
