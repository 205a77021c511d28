(** The folded hyperplane of a unit of a normalised layer, with beta = 0 and gamma != 0, has points
    of the batch strictly on each side if and only if sigma^2 > 0 before eps is added.

    Let t_n be the projections of the unit over N >= 1 samples x_n, whatever the layers before, mu
    their mean, sigma^2 their biased variance, and p(x) = gamma (t - mu) / s + beta the unit's
    pre-activation, s > 0 (Eq. 2-4; in practice s^2 = sigma^2 + eps). The folded hyperplane is
    {x : p(x) = 0} (Eq. 10).

    1. The p(x_n) have the mean beta, which is 0 ([mean_preactivation]).
    2. If no p(x_n) is negative they are numbers >= 0 with the sum 0, so all are 0; the same if none
       is positive. So all are 0, or one is negative and one is positive ([both_sides_or_zero]).
    3. As gamma / s != 0, p(x_n) = 0 where t_n = mu; and all t_n are mu if and only if sigma^2, the
       mean of the (t_n - mu)^2, is 0 ([variance_eq0]).
    4. Neither hypothesis can be dropped: with gamma = 0 every p(x_n) is 0 ([gamma_is_needed]), with
       beta = 2 all may be positive ([beta_is_needed]).

    What is general: any N >= 1, any set X of inputs and any map from X to the inputs of the layer
    (so any layers before, of any kind), any dimension d, row and bias, any s > 0 (so sigma itself,
    or with any eps, or rounded), over any real field R. The activation plays no part. *)

From mathcomp Require Import all_ssreflect all_algebra.

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

(** A unit of a layer with d inputs. *)
Record normalised_unit d := Unit {
  row : 'rV[R]_d;
  bias : R;
  gamma : R;
  beta : R;
  scale : R }.

(** Inputs X, the layers before, the unit, and the batch of its statistics. *)
Variables (X : Type) (d N : nat) (before : X -> 'rV[R]_d) (u : normalised_unit d) (x : 'I_N -> X).

(** t = <w, z> + c at an input, and mu and sigma^2 (Eq. 3). *)
Definition projection (y : X) : R := inner (row u) (before y) + bias u.

Definition location : R := mean (fun n => projection (x n)).

Definition squared_sigma : R := variance (fun n => projection (x n)).

(** p (Eq. 2-4). *)
Definition preactivation (y : X) : R := gamma u * (projection y - location) / scale u + beta u.

(** Points of the batch strictly on each side of {y : f y = 0}. *)
Definition separates (f : X -> R) : Prop := (exists n, f (x n) < 0) /\ (exists n, 0 < f (x n)).

End Definitions.

Section Mean.

Variables (R : realFieldType) (N : nat).
Implicit Types t : 'I_N -> R.
Hypothesis N_gt0 : (0 < N)%N.

Let N_neq0 : N%:R != 0 :> R.
Proof. by rewrite pnatr_eq0 -lt0n. Qed.

(** Numbers >= 0 with the mean 0 are 0. *)
Lemma mean_eq0 t : (forall n, 0 <= t n) -> mean t = 0 -> forall n, t n = 0.
Proof.
move=> t_ge0 /eqP; rewrite mulf_eq0 invr_eq0 (negbTE N_neq0) orbF psumr_eq0 //.
by move=> /allP zero n; apply/eqP; have := zero n (mem_index_enum n).
Qed.

(** Step 2. *)
Lemma both_sides_or_zero t :
  mean t = 0 -> (forall n, t n = 0) \/ (exists n, t n < 0) /\ (exists n, 0 < t n).
Proof.
move=> mean0; have [/existsP neg | /existsPn nonneg] := boolP [exists n, t n < 0]; last first.
  by left; apply: mean_eq0 mean0 => n; rewrite leNgt.
have [/existsP pos | /existsPn nonpos] := boolP [exists n, 0 < t n]; first by right.
have opp0 : mean (fun n => - t n) = 0 by rewrite /mean sumrN mulNr -/(mean t) mean0 oppr0.
have opp_ge0 n : 0 <= - t n by rewrite oppr_ge0 leNgt.
by left=> n; apply: oppr_inj; rewrite oppr0 (mean_eq0 opp_ge0 opp0).
Qed.

(** Step 3. *)
Lemma variance_ge0 t : 0 <= variance t.
Proof. by rewrite divr_ge0 ?ler0n // sumr_ge0 // => n _; rewrite sqr_ge0. Qed.

Lemma variance_eq0 t : variance t = 0 <-> forall n, t n = mean t.
Proof.
split=> [zero n | equal]; last first.
  by rewrite /variance /mean -/(mean t) big1 ?mul0r // => n _; rewrite equal subrr expr0n.
have /eqP := mean_eq0 (fun n => sqr_ge0 (t n - mean t)) zero n.
by rewrite sqrf_eq0 subr_eq0 => /eqP.
Qed.

(** Step 1: the mean of a (t_n - mean t) + b. *)
Lemma mean_normalised t (a b : R) : mean (fun n => a * (t n - mean t) + b) = b.
Proof.
rewrite /mean big_split -mulr_sumr sumrB !sumr_const card_ord -/(mean t) /=.
have -> : mean t *+ N = \sum_(n < N) t n by rewrite -mulr_natr divfK.
by rewrite subrr mulr0 add0r -(mulr_natr b) mulfK.
Qed.

End Mean.

Section Unit.

Variables (R : realFieldType) (X : Type) (d N : nat).
Variables (before : X -> 'rV[R]_d) (u : normalised_unit R d) (x : 'I_N -> X).

Local Notation p := (preactivation before u x).

Lemma mean_preactivation : (0 < N)%N -> mean (fun n => p (x n)) = beta u.
Proof.
move=> N_gt0; rewrite -[RHS](mean_normalised N_gt0 (fun n => projection before u (x n))
  (gamma u / scale u)).
by congr (_ / _); apply: eq_bigr => n _; rewrite /preactivation mulrAC.
Qed.

(** Step 4. *)
Lemma gamma_is_needed : gamma u = 0 -> beta u = 0 -> ~ separates x p.
Proof.
by move=> gamma0 beta0 [[n]]; rewrite /preactivation gamma0 beta0 !mul0r addr0 ltxx.
Qed.

End Unit.

Theorem proposition_3_every_unit (R : realFieldType) (X : Type) (d N : nat)
    (before : X -> 'rV[R]_d) (u : normalised_unit R d) (x : 'I_N -> X)
    (N_gt0 : (0 < N)%N) (scale_gt0 : 0 < scale u) (gamma_neq0 : gamma u != 0) (beta0 : beta u = 0) :
  separates x (preactivation before u x) <-> 0 < squared_sigma before u x.
Proof.
have zero n :
    preactivation before u x (x n) = 0 <-> projection before u (x n) = location before u x.
  rewrite /preactivation beta0 addr0; split=> [/eqP | ->]; last by rewrite subrr mulr0 mul0r.
  by rewrite !mulf_eq0 invr_eq0 (gt_eqF scale_gt0) (negbTE gamma_neq0) orbF subr_eq0 => /eqP.
rewrite lt_neqAle variance_ge0 // andbT eq_sym; split=> [[[n neg] _] | sigma_neq0].
  apply/eqP => /variance_eq0 equal; move: neg.
  by rewrite (zero n).2 ?ltxx //; apply: equal.
have := mean_preactivation before u x N_gt0; rewrite beta0.
case/(both_sides_or_zero N_gt0) => // all_zero; case/eqP: sigma_neq0.
by apply/variance_eq0 => // n; apply/zero.
Qed.

Section Examples.

Variable R : realFieldType.

(** The inputs 1 and -1 of one number each, seen by w = 1. *)
Definition two_points (n : 'I_2) : 'rV[R]_1 := const_mx ((-1) ^+ n).

Definition with_beta (b : R) : normalised_unit R 1 := Unit (const_mx 1) 0 1 b 1.

Lemma two_points_projection b n : projection id (with_beta b) (two_points n) = (-1) ^+ n.
Proof. by rewrite /projection /inner big_ord1 !mxE mul1r addr0. Qed.

Lemma two_points_location b : location id (with_beta b) two_points = 0.
Proof.
rewrite /location /mean big_ord_recl big_ord1 !two_points_projection.
by rewrite expr0 expr1 subrr mul0r.
Qed.

(** The hypotheses can be met with both sides true. *)
Example both_sides : separates two_points (preactivation id (with_beta 0) two_points).
Proof.
split; [exists ord_max | exists ord0]; rewrite /preactivation two_points_location /=;
  rewrite two_points_projection subr0 mul1r divr1 addr0 ?expr0 ?expr1 ?ltr01 //.
by rewrite oppr_lt0 ltr01.
Qed.

(** Step 4: with beta = 2 the same batch is on one side, although sigma^2 is positive. *)
Lemma beta_is_needed :
  0 < squared_sigma id (with_beta 2%:R) two_points
  /\ ~ separates two_points (preactivation id (with_beta 2%:R) two_points).
Proof.
have -> : squared_sigma id (with_beta 2%:R) two_points
    = squared_sigma id (with_beta 0) two_points by [].
split.
  apply/proposition_3_every_unit => //; [exact: ltr01 | exact: oner_neq0 | exact: both_sides].
case=> [[n neg] _]; move: neg; rewrite /preactivation two_points_location two_points_projection /=.
rewrite subr0 mul1r divr1 ltNge => /negP[]; case: n => [[|[|//]] bound] /=.
  by rewrite expr0 addr_ge0 ?ler01 ?ler0n.
by rewrite expr1 addrC subr_ge0 ler1n.
Qed.

End Examples.

Print Assumptions proposition_3_every_unit.
