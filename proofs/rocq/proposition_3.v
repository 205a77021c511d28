(** Proposition 3 as stated is false: a mini-batch may lie on one side of the decision boundary.

    The statement. With leaky ReLU, arbitrary weights, batch normalisation at layers 1 to L - 1,
    gamma = 1, beta = 0, and a linear layer L without bias, every mini-batch has a point on each
    side of the decision boundary. [proposition_3_as_stated] says so of networks of any depth L >= 2
    and any widths, with hypotheses that the paper leaves unsaid: sigma > 0 before eps is added, at
    every unit of every hidden layer, and a last row that is not 0. Without them all outputs may
    be 0.

    Why it fails.

    1. Take the batch x_0 = t, x_1 = -t of numbers, t > 0; two hidden units with the rows 1 and -1;
       and the last row (1, 1).
    2. The projections of unit k are t and -t, in this order or the other. Their mean is 0, their
       variance t^2 ([projection_mean], [projection_variance]).
    3. So at each of the two samples one unit has h = t / s and the other h = -t / s, where s > 0
       and s^2 = t^2 + eps.
    4. Their activations t / s and -eta t / s add up to (1 - eta) t / s, at both samples
       ([outputs_both]). It is positive for eta < 1: no sample is on the other side, nor on the
       boundary.
    5. For every eps >= 0 there are such t and s: with a = 1 + eps let 2 t = a - eps / a and
       2 s = a + eps / a, whence s^2 - t^2 = eps ([exact_scale]).

    With eps = 0, t = s = 1 and eta = 1/10 both outputs are 9/10 ([nine_tenths]).

    What is general: false over every real field R, for every eta < 1 (leaky ReLU has 0 < eta < 1;
    ReLU and the absolute value are included) and every eps >= 0; and false even when points on the
    boundary count for both sides. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.

Local Open Scope ring_scope.

Section Definitions.

Variable R : realFieldType.

(** <w, z>. *)
Definition inner d (w z : 'rV[R]_d) : R := \sum_(i < d) w 0 i * z 0 i.

(** Mean and biased variance of N numbers (Eq. 3). *)
Definition mean N (t : 'I_N -> R) : R := (\sum_(n < N) t n) / N%:R.

Definition variance N (t : 'I_N -> R) : R := mean (fun n => (t n - mean t) ^+ 2).

(** a(t) = t for t >= 0 and eta t for t < 0. *)
Definition leaky_relu (eta t : R) : R := if 0 <= t then t else eta * t.

(** A network with d inputs: a linear output without bias, or a hidden layer of K units, with their
    rows, biases and sigmas, and what comes after it. *)
Inductive network : nat -> Type :=
  | Output d (w : 'rV[R]_d) : network d
  | Hidden d K (w : 'I_K -> 'rV[R]_d) (c sigma : 'I_K -> R) (rest : network K) : network d.

Fixpoint hidden_layers d (net : network d) : nat :=
  match net with
  | Output _ _ => 0
  | Hidden _ _ _ _ _ rest => (hidden_layers rest).+1
  end.

Fixpoint last_row_nonzero d (net : network d) : Prop :=
  match net with
  | Output _ w => w != 0
  | Hidden _ _ _ _ _ rest => last_row_nonzero rest
  end.

Variables (N : nat) (eta eps : R).

(** <w_k, z_n> + c_k, and the activations of the layer on the batch, gamma = 1, beta = 0 (Eq. 4). *)
Definition projection d K (w : 'I_K -> 'rV[R]_d) (c : 'I_K -> R) (z : 'I_N -> 'rV[R]_d) k n : R :=
  inner (w k) (z n) + c k.

Definition activations d K (w : 'I_K -> 'rV[R]_d) (c sigma : 'I_K -> R) (z : 'I_N -> 'rV[R]_d) n :
    'rV[R]_K :=
  let t := projection w c z in
  \row_k leaky_relu eta ((t k n - mean (t k)) / sigma k).

(** The outputs on a mini-batch, every hidden layer with the mini-batch's own mu. *)
Fixpoint outputs d (net : network d) : ('I_N -> 'rV[R]_d) -> 'I_N -> R :=
  match net with
  | Output _ w => fun z n => inner w (z n)
  | Hidden _ _ w c sigma rest => fun z => outputs rest (activations w c sigma z)
  end.

(** Every sigma is the mini-batch's own: sigma > 0, sigma^2 = variance + eps, variance > 0. *)
Fixpoint fitted d (net : network d) : ('I_N -> 'rV[R]_d) -> Prop :=
  match net with
  | Output _ _ => fun _ => True
  | Hidden _ _ w c sigma rest => fun z =>
      (forall k, let v := variance (projection w c z k) in
        [/\ 0 < v, 0 < sigma k & sigma k ^+ 2 = v + eps])
      /\ fitted rest (activations w c sigma z)
  end.

End Definitions.

(** A sample on each side: strictly, or with the boundary counted for both sides. *)
Definition strict_sides (R : realFieldType) N (y : 'I_N -> R) : Prop :=
  (exists n, y n < 0) /\ (exists n, 0 < y n).

Definition closed_sides (R : realFieldType) N (y : 'I_N -> R) : Prop :=
  (exists n, y n <= 0) /\ (exists n, 0 <= y n).

(** The statement. *)
Definition proposition_3_as_stated (R : realFieldType) (sides : forall N, ('I_N -> R) -> Prop)
    (eta eps : R) : Prop :=
  forall (d : nat) (net : network R d) (N : nat) (x : 'I_N -> 'rV[R]_d),
    (0 < N)%N -> (0 < hidden_layers net)%N -> last_row_nonzero net -> fitted eta eps net x ->
    sides N (outputs eta net x).

Section Counterexample.

Variables (R : realFieldType) (eta t s : R).
Hypotheses (t_gt0 : 0 < t) (s_gt0 : 0 < s).

(** Step 1. *)
Definition batch (n : 'I_2) : 'rV[R]_1 := const_mx ((-1) ^+ n * t).

Definition rows (k : 'I_2) : 'rV[R]_1 := const_mx ((-1) ^+ k).

Definition counterexample : network R 1 :=
  Hidden rows (fun _ => 0) (fun _ => s) (Output (const_mx 1)).

(** Step 2. *)
Lemma projectionE k n : projection rows (fun _ => 0) batch k n = (-1) ^+ k * ((-1) ^+ n * t).
Proof. by rewrite /projection /inner big_ord1 !mxE addr0. Qed.

Lemma mean2 (y : 'I_2 -> R) : mean y = (y ord0 + y ord_max) / 2%:R.
Proof. by rewrite /mean big_ord_recl big_ord1; congr ((_ + y _) / _); apply/val_inj. Qed.

Lemma projection_mean k : mean (projection rows (fun _ => 0) batch k) = 0.
Proof. by rewrite mean2 !projectionE /= expr0 expr1 mul1r mulN1r mulrN subrr mul0r. Qed.

Lemma projection_variance k : variance (projection rows (fun _ => 0) batch k) = t ^+ 2.
Proof.
rewrite /variance mean2 projection_mean !subr0 !projectionE !exprMn !sqrr_sign !mul1r.
by rewrite -mulr2n -(mulr_natr (t ^+ 2)) mulfK ?pnatr_eq0.
Qed.

(** Steps 3 and 4. *)
Lemma outputs_both n : outputs eta counterexample batch n = (1 - eta) * (t / s).
Proof.
have u_gt0 : 0 < t / s by rewrite divr_gt0.
have positive : leaky_relu eta (t / s) = t / s by rewrite /leaky_relu ltW.
have negative : leaky_relu eta (- (t / s)) = - (eta * (t / s)).
  by rewrite /leaky_relu oppr_ge0 leNgt u_gt0 mulrN.
rewrite /= /inner big_ord_recl big_ord1 !mxE !projection_mean !subr0 !projectionE !mul1r.
case: n => [[|[|//]] bound] /=; rewrite ?expr0 ?expr1 ?mul1r ?mulN1r ?opprK ?mulNr.
  by rewrite positive negative; ring.
by rewrite positive negative; ring.
Qed.

Lemma counterexample_fitted eps : s ^+ 2 = t ^+ 2 + eps -> fitted eta eps counterexample batch.
Proof.
by move=> squared; split=> // k /=; rewrite projection_variance exprn_gt0.
Qed.

Lemma counterexample_row : last_row_nonzero counterexample.
Proof. by apply/eqP => /rowP/(_ 0); rewrite !mxE => /eqP; rewrite oner_eq0. Qed.

End Counterexample.

(** Step 5. *)
Lemma exact_scale (R : realFieldType) (eps : R) (eps_ge0 : 0 <= eps) :
  exists t s : R, [/\ 0 < t, 0 < s & s ^+ 2 = t ^+ 2 + eps].
Proof.
pose a := 1 + eps; have a_ge1 : 1 <= a by rewrite ler_addl.
have a_gt0 : 0 < a by apply: lt_le_trans a_ge1.
have small : eps / a < a.
  rewrite ltr_pdivr_mulr //; apply: lt_le_trans (_ : a <= _); first by rewrite ltr_addr ltr01.
  by rewrite -[X in X <= _]mul1r ler_pmul2r.
exists ((a - eps / a) / 2%:R), ((a + eps / a) / 2%:R).
have two_gt0 : 0 < 2%:R :> R by rewrite ltr0n.
split; first by rewrite divr_gt0 // subr_gt0.
  by rewrite divr_gt0 // ltr_paddr // divr_ge0 // ltW.
by field; rewrite !gt_eqF.
Qed.

Theorem proposition_3 (R : realFieldType) (eta eps : R)
    (eta_lt1 : eta < 1) (eps_ge0 : 0 <= eps) :
  ~ proposition_3_as_stated (@strict_sides R) eta eps
  /\ ~ proposition_3_as_stated (@closed_sides R) eta eps.
Proof.
have [t [s [t_gt0 s_gt0 squared]]] := exact_scale eps_ge0.
have one_side n : 0 < outputs eta (counterexample s) (batch t) n.
  by rewrite outputs_both // mulr_gt0 ?subr_gt0 ?divr_gt0.
have row := counterexample_row s; have fit := counterexample_fitted eta t_gt0 s_gt0 squared.
split=> /(_ 1%N (counterexample s) 2%N (batch t) isT isT row fit) [[n] below] _.
  by rewrite ltNge ltW in below.
by rewrite leNgt one_side in below.
Qed.

(** The example of one line: x = 1 and -1, sigma = 1, eps = 0, eta = 1/10. *)
Example nine_tenths (R : realFieldType) n :
  outputs (10%:R^-1) (counterexample 1) (batch (1 : R)) n = 9%:R / 10%:R.
Proof. by rewrite outputs_both ?ltr01 //; field. Qed.

Print Assumptions proposition_3.
