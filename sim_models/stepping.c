/* Steps of physics and all that acts between them, without Python: see stepping.py, whose Scene this is.

   It is a plugin, which is how PyBullet gives a library the client that its C functions want; those come as addresses,
   so that nothing has to be linked. API_VERSION is put before this text: PyBullet takes no plugin of another one. */

#include <math.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))
#define TORQUE_CONTROL 1

typedef void *Handle;

/* As PyBullet's shared/SharedMemory/PhysicsClientC_API.h declares them. */
typedef struct {
    Handle (*torque_command)(Handle client, int body, int mode);
    int (*set_torque)(Handle command, int joint, double torque);
    Handle (*step_command)(Handle client);
    Handle (*state_command)(Handle client, int body);
    int (*submit)(Handle client, Handle command);
    Handle (*status)(Handle client);
    int (*state)(Handle status, int *, int *, int *, const double **, const double **q, const double **dq, const double **);
} Bullet;

/* A body's joints: their places among the body's angles and velocities, and our vectors. */
typedef struct {
    int body, count;
    const int *q_places, *dq_places;
    const double *tau;
    double *q, *dq, *dq_before;
} Joints;

/* A compiled function, as CasADi generates it, with what it reads, writes and works on. */
typedef struct {
    int (*function)(const double **inputs, double **outputs, long long *integers, double *numbers, int memory);
    const double **inputs;
    double **outputs;
    long long *integers;
    double *numbers;
} Work;

typedef struct {
    const Bullet *bullet;
    Handle client;
    const Joints *joints; /* the robot's first, which has the drives */
    int bodies, driven;
    const double *motor, *viscous;
    const Work *works;
    int work_count, late_count, delay, remembered;
    const double *dq;
    double *late, *past; /* the velocities of the last `delay` steps, oldest at `steps` modulo that */
    double *memory;
    const double *memory_next;
    double *time;
    double step_s;
    long long steps;
} Scene;

static Handle newest;

EXPORTED int initPlugin_careloop(Handle *context) {
    newest = *context;
    return API_VERSION;
}

EXPORTED void exitPlugin_careloop(Handle *context) {}

EXPORTED int executePluginCommand_careloop(Handle *context, const void *arguments) { return 0; }

/* The client of the world that loaded this last. */
EXPORTED Handle newest_client(void) { return newest; }

/* What came of a command: a client in this process carries it out at once, so there is nothing to wait for. */
static Handle done(const Scene *scene, Handle command) {
    scene->bullet->submit(scene->client, command);
    return scene->bullet->status(scene->client);
}

static void push(const Scene *scene, const Joints *joints, int driven) {
    const Bullet *bullet = scene->bullet;
    Handle command = bullet->torque_command(scene->client, joints->body, TORQUE_CONTROL);
    for (int i = 0; i < joints->count; i++) {
        double tau = joints->tau[i];
        if (i < driven) tau += scene->motor[i] - scene->viscous[i] * joints->dq[i];
        bullet->set_torque(command, joints->dq_places[i], tau);
    }
    done(scene, command);
}

/* Motion that PyBullet does not tell is no number, which nothing takes for one. */
static void feel(const Scene *scene, const Joints *joints) {
    const Bullet *bullet = scene->bullet;
    const double *q = 0, *dq = 0;
    Handle status = done(scene, bullet->state_command(scene->client, joints->body));
    if (status) bullet->state(status, 0, 0, 0, 0, &q, &dq, 0);
    if (joints->dq_before) memcpy(joints->dq_before, joints->dq, sizeof(double) * joints->count);
    for (int i = 0; i < joints->count; i++) {
        joints->q[i] = q ? q[joints->q_places[i]] : NAN;
        joints->dq[i] = dq ? dq[joints->dq_places[i]] : NAN;
    }
}

/* One step of physics, and the motion after it. */
EXPORTED void move(Scene *scene) {
    for (int i = 0; i < scene->bodies; i++) push(scene, scene->joints + i, i == 0 ? scene->driven : 0);
    done(scene, scene->bullet->step_command(scene->client));
    for (int i = 0; i < scene->bodies; i++) feel(scene, scene->joints + i);
    scene->steps++;
    scene->time[0] = scene->steps * scene->step_s;
}

/* What acts in the next step. */
EXPORTED void act(Scene *scene) {
    size_t bytes = sizeof(double) * scene->late_count;
    double *past = scene->past + scene->steps % scene->delay * scene->late_count;
    memcpy(scene->late, past, bytes);
    memcpy(past, scene->dq, bytes);
    for (const Work *work = scene->works; work < scene->works + scene->work_count; work++)
        work->function(work->inputs, work->outputs, work->integers, work->numbers, 0);
    memcpy(scene->memory, scene->memory_next, sizeof(double) * scene->remembered);
}

EXPORTED void advance(Scene *scene, int steps) {
    while (steps--) {
        move(scene);
        act(scene);
    }
}
